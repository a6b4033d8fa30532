"""Changes that need an order on both sides: durable, resumable, with waits from real TTLs."""
