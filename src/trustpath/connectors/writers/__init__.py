"""Connectors that change records, and how authoritative servers are asked what they hold.

One folder a kind: ``rfc2136``, ``powerdns``, ``octodns``. What they share stands beside them.
"""
