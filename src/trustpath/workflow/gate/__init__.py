"""The gate: what a change does to the trust paths, who must consent, what must wait."""
