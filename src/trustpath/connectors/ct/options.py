"""The options of a source of kind ``ct``, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trustpath.base import names
from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError
from trustpath.base.files import open_regular
from trustpath.connectors.ct.follow import Anchor, Request
from trustpath.connectors.ct.tree import HASH_OCTETS
from trustpath.connectors.ct.watch import WatchList, watch
from trustpath.connectors.ct.web import Budget, LogUrl, read_url
from trustpath.facts.ct_log import ListedLog, LogKey, read_key
from trustpath.facts.source import SourceSpec

DEFAULT_TIMEOUT: Final = 30
DEFAULT_ENTRIES: Final = 1_000_000
DEFAULT_BATCH: Final = 1000
DEFAULT_OCTETS: Final = 16 * 1024**3
DEFAULT_TIME: Final = "6h"
_KEY_OCTETS = 64 * 1024
_SEARCH_KEYS = frozenset({"path", "domains"})
_LOG_KEYS = frozenset(
    {
        "log",
        "api",
        "names_tiles",
        "origin",
        "state",
        "max_octets",
        "max_time",
        "domains",
        "key",
        "operator",
        "start",
        "max_entries",
        "batch",
        "timeout",
        "trusted",
    }
)
_LIST_KEYS = frozenset(
    {
        "log_list",
        "state",
        "max_octets",
        "max_time",
        "domains",
        "names_tiles",
        "start",
        "max_entries",
        "batch",
        "timeout",
    }
)
_KEYS: Final = {"path": _SEARCH_KEYS, "log": _LOG_KEYS, "log_list": _LIST_KEYS}
NEWEST: Final = "newest"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Where exports are, and which names to keep (None: all)."""

    path: str
    watched: WatchList | None


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Which log, and what to ask of it; ``timeout`` in seconds.

    ``static`` says that it is read as tiles, whose checkpoint must carry ``origin``, if known.
    With ``names_tiles`` data tiles are left out whose names tile concerns nobody. ``state`` is the
    file in which is kept how far the log was read.
    """

    url: LogUrl
    static: bool
    origin: str
    names_tiles: bool
    operator: str | None
    timeout: float
    budget: Budget
    state: Path | None
    request: Request


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Where the list of the logs to follow is: ``file`` below a URL, or a path."""

    place: str
    url: LogUrl | None
    file: str
    path: Path
    timeout: float
    budget: Budget


def read_options(
    spec: SourceSpec, logs: Sequence[ListedLog] = ()
) -> SearchOptions | LogOptions | ListOptions:
    """Return the checked options; raises EstateError with the source's place.

    What they leave out of a log, its key say, is taken from the log list of the estate.
    """
    options = spec.options
    kinds = [key for key in _KEYS if key in options]
    if len(kinds) != 1:
        raise EstateError(
            f"source {spec.id} does not have one of path, log and log_list",
            where=spec.where,
            hint="path names a search export, log the URL of a log, log_list a list of logs",
        )
    known = _KEYS[kinds[0]]
    unknown = sorted(str(key) for key in options if key not in known)
    if unknown:
        raise EstateError(
            f"unknown option {unknown[0]!r}",
            where=spec.where,
            hint="one of " + ", ".join(sorted(known)),
        )
    try:
        if "path" in options:
            return SearchOptions(_text(options, "path"), _watched(options))
        return _log(spec, logs) if "log" in options else _list(spec)
    except InputError as error:
        raise EstateError(
            error.message, where=error.where or spec.where, hint=error.hint
        ) from error


def _log(spec: SourceSpec, logs: Sequence[ListedLog]) -> LogOptions:
    options = spec.options
    url = read_url(_text(options, "log"))
    listed = next((log for log in logs if log.url and log.url.rstrip("/") == url.text), None)
    static = _api(options, listed) == "static"
    watched = _watched(options)
    if watched is None:
        raise InputError("a log is read for certain domains", hint="write domains: [example.com]")
    anchor = _anchor(options.get("trusted"))
    start = _start(options, anchor)
    operator = listed.operator if listed else None
    state = _text(options, "state") if "state" in options else None
    return LogOptions(
        url=url,
        static=static,
        origin=_origin(options, listed) if static else "",
        names_tiles=_flag(options, "names_tiles"),
        operator=_text(options, "operator") if "operator" in options else operator,
        timeout=_timeout(options),
        budget=_budget(options),
        state=None if state is None else spec.folder / state,
        request=Request(
            log=url.text,
            key=_key(spec) or (listed.key if listed else None),
            anchor=anchor,
            start=start or 0,
            newest=start is None,
            limit=_number(options, "max_entries", DEFAULT_ENTRIES, 1, 1 << 32),
            batch=_number(options, "batch", DEFAULT_BATCH, 1, 10_000),
            watched=watched,
            listed=listed,
        ),
    )


def _api(options: Mapping[str, Any], listed: ListedLog | None) -> str:
    """Return how a log is read: as it is written, else as its list says, else by RFC 6962."""
    listed_api = "static" if listed is not None and listed.tiled else "rfc6962"
    api = options.get("api", listed_api)
    if api not in ("rfc6962", "static"):
        raise InputError(f"api is {api!r}", hint="write rfc6962 or static")
    return str(api)


def _origin(options: Mapping[str, Any], listed: ListedLog | None) -> str:
    """Return what a checkpoint begins with: the submission prefix without scheme and last slash."""
    if "origin" in options:
        return _text(options, "origin")
    submission = listed.submission if listed else ""
    return submission.partition("://")[2].rstrip("/")


def _list(spec: SourceSpec) -> ListOptions:
    options = spec.options
    place = _text(options, "log_list")
    if _watched(options) is None:
        raise InputError("logs are read for certain domains", hint="write domains: [example.com]")
    _start(options, None)
    base, _, file = place.rpartition("/")
    return ListOptions(
        place=place,
        url=read_url(base) if "://" in place else None,
        file=file,
        path=spec.folder / place,
        timeout=_timeout(options),
        budget=_budget(options),
    )


def _start(options: Mapping[str, Any], anchor: Anchor | None) -> int | None:
    """Return the first entry to read, None for the one after the newest now."""
    if options.get("start") != NEWEST:
        return _number(options, "start", anchor.size if anchor else 0, 0, 1 << 48)
    if "state" not in options or anchor is not None:
        raise InputError(
            "start: newest needs a state file to go on from, and no trusted tree",
            hint="write state: ct/log.json",
        )
    return None


def _timeout(options: Mapping[str, Any]) -> float:
    timeout = parse_duration(options.get("timeout", DEFAULT_TIMEOUT))
    if not 1 <= timeout <= 600:
        raise InputError("timeout is out of range", hint="from 1s to 10m")
    return timeout


def _budget(options: Mapping[str, Any]) -> Budget:
    octets = _number(options, "max_octets", DEFAULT_OCTETS, 1 << 20, 1 << 50)
    return Budget(octets, _seconds(options))


def _seconds(options: Mapping[str, Any]) -> float:
    seconds = parse_duration(options.get("max_time", DEFAULT_TIME))
    if not 1 <= seconds <= 86_400:
        raise InputError("max_time is out of range", hint="from 1s to 1d")
    return seconds


def _text(options: Mapping[str, Any], key: str) -> str:
    value = options.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"{key} is no text")
    return value


def _number(options: Mapping[str, Any], key: str, default: int, low: int, high: int) -> int:
    value = options.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{key} is out of range", hint=f"from {low} to {high}")
    return value


def _flag(options: Mapping[str, Any], key: str) -> bool:
    value = options.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{key} is neither true nor false")
    return value


def _watched(options: Mapping[str, Any]) -> WatchList | None:
    domains = options.get("domains")
    if domains is None:
        return None
    if not isinstance(domains, list) or not domains:
        raise InputError("domains is no list of names", hint="write domains: [example.com]")
    found = [names.canonical(domain) if isinstance(domain, str) else "" for domain in domains]
    if not all(found):
        raise InputError("a domain to watch is empty or no name", hint="write example.com")
    return watch(found)


def _anchor(value: Any) -> Anchor | None:
    if value is None:
        return None
    hint = "write trusted: {size: 1000, root: <64 hexadecimal digits>}"
    if not isinstance(value, Mapping) or set(value) != {"size", "root"}:
        raise InputError("trusted is no tree head", hint=hint)
    size = _number(value, "size", 0, 1, 1 << 48)
    try:
        root = bytes.fromhex(_text(value, "root"))
    except ValueError as error:
        raise InputError("the root of trusted is no hexadecimal", hint=hint) from error
    if len(root) != HASH_OCTETS:
        raise InputError("the root of trusted is not 32 octets long", hint=hint)
    return Anchor(size, root)


def _key(spec: SourceSpec) -> LogKey | None:
    if spec.options.get("key") is None:
        return None
    text = _text(spec.options, "key")
    if text.startswith("file:"):
        path = spec.folder / text.removeprefix("file:")
        try:
            with open_regular(path) as file:
                text = file.read(_KEY_OCTETS).decode("ascii")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no text"
            raise InputError(f"key file {path}: {reason}") from error
    return read_key(text)
