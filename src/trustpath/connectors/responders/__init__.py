"""Connectors that answer challenges which are not in DNS: http-01 and tls-alpn-01.

One module a kind: ``webroot``, ``http``, ``tls_alpn``. The last two share their ``listener``.
"""
