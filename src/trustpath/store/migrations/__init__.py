"""How a store file becomes what the tables say, revision by revision."""
