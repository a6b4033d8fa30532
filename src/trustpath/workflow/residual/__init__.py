"""Who can still authenticate as a name, or obtain a certificate for it."""

from trustpath.workflow.residual.power import Power
from trustpath.workflow.residual.residual import Residual, as_document, residual

__all__ = ["Power", "Residual", "as_document", "residual"]
