"""The evidence log: a Merkle tree over what was decided and done, checkpoints, and their proofs.

Everything here is pure; keys, instants and stored hashes are passed in. ``verify`` holds all that
an outsider needs and stands alone; the other modules add what only the log's keeper does.
"""
