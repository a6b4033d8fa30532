"""Drift: what zones serve now against what was approved last."""
