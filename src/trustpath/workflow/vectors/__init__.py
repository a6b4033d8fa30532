"""Vectors: small worlds written by hand, and what each rule must say of them."""

from __future__ import annotations

from trustpath.workflow.vectors.run import Case, Mismatch, VectorFile, lay, read_vectors, run_case

__all__ = ["Case", "Mismatch", "VectorFile", "lay", "read_vectors", "run_case"]
