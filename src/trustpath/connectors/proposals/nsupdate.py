"""``--nsupdate FILE``: a script for BIND's nsupdate, read as nsupdate reads it.

One command a line, no continuation; words are separated by white space, names are absolute with
or without a final dot; ``;`` and parentheses are ordinary characters in record data. What was not
sent by ``send`` or an empty line is never sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from trustpath.base import names
from trustpath.base.errors import InputError, LimitError
from trustpath.connectors.proposals.files import read_bounded
from trustpath.connectors.proposals.nsupdate_words import (
    data_text,
    is_class,
    record_type,
    take_word,
    visible,
)
from trustpath.facts.edits import MAX_TTL
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Action, Operation, Prerequisite, Submission, combined
from trustpath.facts.records import canonical_rdata

_SETTINGS = frozenset(
    {
        "server", "local", "realm", "gsstsig", "oldgsstsig", "check-names", "check-svcb", "lease",
        "debug", "show", "answer", "version", "help", "?",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """Bounds of one script: octets, octets of a line (nsupdate's own), and operations."""

    octets: int = 16 << 20
    line: int = 128 << 10
    operations: int = 200_000


DEFAULT_LIMITS = ScriptLimits()


def read_nsupdate(path: Path, limits: ScriptLimits = DEFAULT_LIMITS) -> Submission:
    """Return what a script file proposes; raises InputError with file and line."""
    return parse_nsupdate(read_bounded(path, limits.octets), str(path), limits)


def parse_nsupdate(data: bytes, where: str, limits: ScriptLimits = DEFAULT_LIMITS) -> Submission:
    """Return what a script proposes; ``where`` names it in messages.

    Raises InputError where nsupdate would stop with a syntax error, LimitError beyond a bound.
    """
    script = _Script(where, limits)
    # A last line without an end counts; nothing after the last end is no line, and so no send.
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    for number, line in enumerate(lines, 1):
        if len(line) > limits.line:
            raise LimitError(
                f"a line is longer than {limits.line} octets", where=f"{where}:{number}"
            )
        try:
            if not script.line(line, number):
                break
        except InputError as error:
            raise type(error)(
                error.message, where=error.where or f"{where}:{number}", hint=error.hint
            ) from error
    return script.submission()


@dataclass(slots=True)
class _Message:
    """What one update message will hold, before its zone is certain."""

    operations: list[Operation] = field(default_factory=list)
    prerequisites: list[Prerequisite] = field(default_factory=list)


class _Script:
    def __init__(self, where: str, limits: ScriptLimits) -> None:
        self._where = where
        self._limits = limits
        self._place = where
        self._zone: str | None = None
        self._ttl: int | None = None
        self._message = _Message()
        self._operations: list[Operation] = []
        self._prerequisites: list[Prerequisite] = []
        self._remarks: list[Problem] = []
        self._commands: dict[str, Callable[[str], None]] = {
            "prereq": self._prereq,
            "update": self._update,
            "add": self._add,
            "delete": self._delete,
            "del": self._delete,
            "zone": self._set_zone,
            "class": _check_class,
            "ttl": self._set_ttl,
            "key": self._key,
            "send": lambda _rest: self._send(),
            "nxdomain": lambda rest: self._name_prerequisite(rest, "name-not-in-use"),
            "yxdomain": lambda rest: self._name_prerequisite(rest, "name-in-use"),
            "nxrrset": lambda rest: self._set_prerequisite(rest, exists=False),
            "yxrrset": lambda rest: self._set_prerequisite(rest, exists=True),
        }

    def line(self, octets: bytes, number: int) -> bool:
        """Do one line; False when the script ends here."""
        self._place = f"{self._where}:{number}"
        word, rest = take_word(visible(octets))
        if not word:
            self._send()
            return True
        if word.startswith(";"):
            return True
        command = word.lower()
        if command == "quit":
            return False
        if command in _SETTINGS:
            return True
        run = self._commands.get(command)
        if run is None:
            raise InputError(
                f"{word[:40]!r} is no command of nsupdate",
                hint="known are server, zone, ttl, prereq, update, send; comments start with ;",
            )
        run(rest)
        return True

    def submission(self) -> Submission:
        unsent = len(self._message.operations) + len(self._message.prerequisites)
        problems: tuple[Problem, ...] = ()
        if unsent:
            problems = (
                Problem(
                    f"{unsent} commands after the last send are never sent",
                    self._where,
                    "end the script with send",
                ),
            )
        return Submission(
            f"nsupdate script {self._where}",
            operations=tuple(self._operations),
            prerequisites=tuple(self._prerequisites),
            problems=problems,
            remarks=tuple(self._remarks),
        )

    # -- settings ---------------------------------------------------------------------------

    def _set_zone(self, rest: str) -> None:
        word, _ = take_word(rest)
        self._zone = _name(word, "zone name")

    def _set_ttl(self, rest: str) -> None:
        word, _ = take_word(rest)
        self._ttl = None if word.lower() == "none" else _seconds(word)

    def _key(self, _rest: str) -> None:
        self._remarks.append(
            Problem(
                "a TSIG key is written here; it is not read",
                self._place,
                "keep keys in a file of their own (nsupdate -k)",
            )
        )

    def _send(self) -> None:
        message, before = self._message, len(self._operations)
        self._operations.extend(replace(o, zone=self._zone) for o in message.operations)
        self._prerequisites.extend(
            replace(p, zone=self._zone, after=before) for p in combined(message.prerequisites)
        )
        self._message = _Message()

    # -- updates ----------------------------------------------------------------------------

    def _update(self, rest: str) -> None:
        word, rest = take_word(rest)
        if word.lower() == "add":
            self._add(rest)
        elif word.lower() in ("delete", "del"):
            self._delete(rest)
        else:
            raise InputError(f"update {word[:40]!r} is neither add nor delete")

    def _append(self, operation: Operation) -> None:
        if len(self._operations) + len(self._message.operations) >= self._limits.operations:
            raise LimitError(f"more than {self._limits.operations} updates")
        self._message.operations.append(operation)

    def _add(self, rest: str) -> None:
        word, rest = take_word(rest)
        name = _name(word, "owner name")
        word, after = take_word(rest)
        if not word:
            raise InputError("update add has no TTL", hint="write name, TTL, type, data")
        ttl = self._ttl
        if word.isdigit() or ttl is None:
            ttl, (word, after) = _seconds(word), take_word(after)
        rdtype, after = _type(word, after)
        if rdtype == "ANY" or not after:
            raise InputError(f"update add of {rdtype} has no data")
        self._append(
            Operation(Action.ADD, None, name, rdtype, ttl, (_data(rdtype, after),), self._place)
        )

    def _delete(self, rest: str) -> None:
        word, rest = take_word(rest)
        name = _name(word, "owner name")
        word, after = take_word(rest)
        if word.isdigit():
            word, after = take_word(after)
        if not word or (is_class(word) and not after):
            self._append(Operation(Action.REMOVE_NAME, None, name, where=self._place))
            return
        rdtype, after = _type(word, after)
        if rdtype == "ANY":
            if after:
                raise InputError("update delete of type ANY takes no data")
            self._append(Operation(Action.REMOVE_NAME, None, name, where=self._place))
        elif not after:
            self._append(Operation(Action.REMOVE_RRSET, None, name, rdtype, where=self._place))
        else:
            data = (_data(rdtype, after),)
            self._append(Operation(Action.REMOVE, None, name, rdtype, None, data, self._place))

    # -- prerequisites ----------------------------------------------------------------------

    def _prereq(self, rest: str) -> None:
        word, rest = take_word(rest)
        if word.lower() not in ("nxdomain", "yxdomain", "nxrrset", "yxrrset"):
            raise InputError(
                f"prereq {word[:40]!r} is none of nxdomain, yxdomain, nxrrset, yxrrset"
            )
        self._commands[word.lower()](rest)

    def _name_prerequisite(self, rest: str, kind: str) -> None:
        name = _name(take_word(rest)[0], "owner name")
        self._message.prerequisites.append(Prerequisite(kind, None, name, where=self._place))

    def _set_prerequisite(self, rest: str, *, exists: bool) -> None:
        word, rest = take_word(rest)
        name = _name(word, "owner name")
        rdtype, after = _type(*take_word(rest))
        if rdtype == "ANY":
            raise InputError("a prerequisite on an RRset needs its type")
        if after and not exists:
            raise InputError("nxrrset takes no data", hint="it is about the whole RRset")
        kind = "rrset-absent" if not exists else "rrset-equals" if after else "rrset-exists"
        data = (_data(rdtype, after),) if after else ()
        self._message.prerequisites.append(
            Prerequisite(kind, None, name, rdtype, data, self._place)
        )


def _name(word: str, what: str) -> str:
    if not word:
        raise InputError(f"the {what} is missing")
    return names.canonical(word)


def _seconds(word: str) -> int:
    if not (word.isdigit() and word.isascii() and len(word) <= 10):
        raise InputError(f"ttl {word[:40]!r} is no number of seconds", hint="write 3600")
    ttl = int(word)
    if ttl > MAX_TTL:
        raise InputError(f"ttl {ttl} is above {MAX_TTL} (RFC 2181 8)")
    return ttl


def _check_class(rest: str) -> None:
    word, _ = take_word(rest)
    if word.upper() not in ("IN", "CLASS1"):
        raise InputError(f"class {word[:40]!r} is not read", hint="zones of class IN only")


def _type(word: str, rest: str) -> tuple[str, str]:
    """Return the type, which a class may come before, and the data after it."""
    if not word:
        raise InputError("the type is missing", hint="write name, TTL, type, data")
    if is_class(word):
        word, rest = take_word(rest)
        if not word:
            raise InputError("the type is missing after the class")
    return record_type(word), data_text(rest)


def _data(rdtype: str, text: str) -> str:
    return canonical_rdata(rdtype, text, "")
