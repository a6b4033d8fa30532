"""Renewal information as the CA answers it (RFC 9773 4.2 and 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustpath.base.clock import DAY, MINUTE, parse_instant
from trustpath.base.errors import InputError
from trustpath.facts.issuing import Window

_SHORTEST, _LONGEST = MINUTE, DAY
_EXPLANATION: Final = 2000


def read_window(document: Mapping[str, Any], retry_after: int | None) -> Window | None:
    """Return the suggested window, None for one that is none: unreadable, or ends as it starts.

    ``retry_after`` is brought into the bounds of RFC 9773 4.3.2: a minute to a day.
    """
    window = document.get("suggestedWindow")
    if not isinstance(window, dict):
        return None
    try:
        starts, ends = (parse_instant(str(window.get(key))) for key in ("start", "end"))
    except InputError:
        return None
    if ends <= starts:
        return None
    if retry_after is not None:
        retry_after = min(max(retry_after, _SHORTEST), _LONGEST)
    return Window(starts, ends, _explanation(document.get("explanationURL")), retry_after)


def _explanation(value: object) -> str | None:
    """Return the URL that the CA asks to show to people, if it is one that can be shown."""
    text = value if isinstance(value, str) else ""
    shown = text.startswith(("https://", "http://")) and text.isprintable()
    return text if shown and len(text) <= _EXPLANATION else None
