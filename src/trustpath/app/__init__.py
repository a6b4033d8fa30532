"""Composition root: the only place that names concrete connectors."""
