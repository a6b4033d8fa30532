"""The ledger kernel: Merkle tree, checkpoints and proofs (RFC 6962, C2SP); no I/O, no clock."""
