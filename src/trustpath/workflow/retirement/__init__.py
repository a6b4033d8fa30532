"""Retiring a service along the checklist of standards G.4."""

from trustpath.workflow.retirement.retire import Retirer
from trustpath.workflow.retirement.retirement import Item, Retirement, retirement

__all__ = ["Item", "Retirement", "Retirer", "retirement"]
