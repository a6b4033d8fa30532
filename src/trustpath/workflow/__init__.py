"""Use cases: in which order things are collected, linked, judged and shown."""
