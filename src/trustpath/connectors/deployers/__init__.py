"""Connectors that make keys where they are used, and put certificates into use there.

One folder a kind: ``files``, ``nginx``, ``haproxy``, ``kubernetes``, ``hook``. All but the last
hold a place of files and share how those are replaced, kept and brought back (``keeper``).
"""
