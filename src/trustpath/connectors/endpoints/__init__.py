"""Endpoints: what addresses present over TLS, directly or after STARTTLS."""
