"""Certificates from intent to proof: decide, order, prove control, deploy, observe."""
