"""Master files into canonical records: the fast way per line, the careful way where needed."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.ttl

from trustpath.base import names
from trustpath.base.errors import InputError, LimitError
from trustpath.connectors.zonefile import generate
from trustpath.connectors.zonefile.fast import FAST, HEAD
from trustpath.connectors.zonefile.limits import DEFAULT_LIMITS, Limits
from trustpath.connectors.zonefile.names import fast_owner, record_type
from trustpath.connectors.zonefile.text import (
    Logical,
    Numbered,
    UnclosedError,
    file_lines,
    logical_line,
)
from trustpath.facts.part import Problem
from trustpath.facts.records import Record, canonical_rdata

MAX_TTL = 0x7FFFFFFF
_ROOT, _ORIGIN = frozenset({"."}), frozenset({"@"})
# 255 octets, each written as an escape.
_MAX_TOKEN = 1020
_CLASSES = frozenset({"CH", "HS", "CS"})
_FINAL_DOT = re.compile(r"(?:[^\\]|\\.)*\.", re.DOTALL)


class EnoughError(Exception):
    """Reading of this zone ends here; the problem is already noted."""


@dataclass(slots=True)
class Reading:
    """What a file gave: records in file order, what had to be skipped and why, files included."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    included: set[Path] = field(default_factory=set)
    skipped: bool = False


def read_master_file(
    path: Path, root: Path, origin: str | None, limits: Limits = DEFAULT_LIMITS
) -> Reading:
    """Read a master file with all that it includes from within the folder ``root``.

    ``origin`` completes relative names until the first $ORIGIN. A record that cannot be read is
    skipped and noted (``skipped``); nothing is raised but what reading the first file raises
    (OSError).
    """
    reader = Reader(root.resolve(), origin, limits)
    reader.read(path)
    return reader.reading


class Reader:
    """State of reading one zone."""

    def __init__(self, root: Path, origin: str | None, limits: Limits) -> None:
        self.reading = Reading()
        self._root = root
        self._limits = limits
        self._octets = limits.octets
        self._generated = limits.generated
        self._origin = origin
        self._owner: str | None = None
        self._default_ttl: int | None = None
        self._last_ttl: int | None = None
        self._soa_minimum: int | None = None
        self._path = Path()
        self._stack: list[Path] = []
        self._remarks: set[str] = set()

    def read(self, path: Path) -> None:
        """Read a whole zone; raises OSError and LimitError for the first file alone."""
        self.check_size(path)
        with contextlib.suppress(EnoughError):
            self.file(path)

    # -- files ------------------------------------------------------------------------------

    def check_size(self, path: Path) -> None:
        """Count a file against the limit of octets; raises LimitError."""
        self._octets -= path.stat().st_size
        if self._octets < 0:
            raise LimitError(
                f"the zone has more than {self._limits.octets} octets of text", where=str(path)
            )

    def file(self, path: Path) -> None:
        """Read one file; the current file is restored afterwards."""
        outer, self._path = self._path, path
        self._stack.append(path.resolve())
        numbered = enumerate(file_lines(path, self._limits.line), 1)
        try:
            self._lines(numbered)
        except LimitError as error:
            self._note(error, None)
        self._stack.pop()
        self._path = outer

    def _lines(self, numbered: Numbered) -> None:
        """Read lines; the loop is the hot path, so it works on local names."""
        append = self.reading.records.append
        last_text, owner, origin, suffix = None, self._owner, self._origin, self._suffix()
        default, last_ttl, unsaid = self._ttls()
        for number, line in numbered:
            match = HEAD(line)
            if match is not None:
                owner_text, ttl_text, type_text, rest = match.groups()
                known = FAST.get(type_text)
                if known is not None and suffix is not None:
                    data = known[1](rest, suffix)
                    if data is not None:
                        if owner_text and owner_text != last_text:
                            owner = fast_owner(owner_text, origin, suffix)
                            last_text = owner_text
                        if owner is not None:
                            if ttl_text is not None:
                                last_ttl = int(ttl_text)
                                if default is None:
                                    unsaid = last_ttl
                                append((owner, known[0], last_ttl, data))
                                continue
                            if unsaid is not None:
                                append((owner, known[0], unsaid, data))
                                continue
            elif not line or line[0] == ";":
                continue
            self._owner, self._last_ttl = owner, last_ttl
            self._careful(line, number, numbered)
            last_text, owner, origin, suffix = None, self._owner, self._origin, self._suffix()
            default, last_ttl, unsaid = self._ttls()
        self._owner, self._last_ttl = owner, last_ttl
        self._check_count()

    def _suffix(self) -> str | None:
        if self._origin is None:
            return None
        return f".{self._origin}." if self._origin else "."

    def _ttls(self) -> tuple[int | None, int | None, int | None]:
        """Return the TTL of $TTL, the one stated last, and the one of records that state none.

        RFC 2308 4 first, then RFC 1035 5.1, then what servers do for a SOA that states none.
        """
        default, last = self._default_ttl, self._last_ttl
        unsaid = default if default is not None else last
        return default, last, self._soa_minimum if unsaid is None else unsaid

    # -- the careful way --------------------------------------------------------------------

    def _careful(self, line: str, number: int, numbered: Numbered) -> None:
        self._number = number
        try:
            logical = logical_line(line, numbered, self._limits)
            self._number = number  # counted lines may have gone on to the end of the record
            if logical.octets:
                self._remark(
                    "octets above 127 outside of quotes are read as \\DDD, as servers do",
                    "write the A-label of a name (xn--...), or \\DDD",
                )
            if not logical.tokens:
                return
            if logical.tokens[0].startswith("$") and not logical.blank:
                self._directive(logical.tokens)
            else:
                self._record(logical)
        except UnclosedError as error:
            self._note(error, number)
            self._lines(iter(error.lines))
        except InputError as error:
            self._note(error, number)
        self._check_count()

    def _check_count(self) -> None:
        if len(self.reading.records) > self._limits.records:
            self._note(LimitError(f"the zone has more than {self._limits.records} records"), None)
            raise EnoughError

    def _note(self, error: InputError, number: int | None) -> None:
        reading = self.reading
        reading.skipped = True
        where = error.where or (str(self._path) if number is None else f"{self._path}:{number}")
        reading.problems.append(Problem(error.message, where, error.hint))
        if len(reading.problems) >= self._limits.problems:
            reading.problems.append(
                Problem(
                    f"reading ended after {self._limits.problems} problems",
                    where,
                    "mend these first; nothing after this place was read",
                )
            )
            raise EnoughError

    def _record(self, logical: Logical) -> None:
        tokens = list(logical.tokens)
        if not logical.blank:
            # The name counts for what follows even when the rest of this line is unreadable.
            self._owner = None
            self._owner = self._complete(tokens.pop(0))
        owner = self._owner
        if owner is None:
            raise InputError(
                "the record has no owner name",
                hint="a line that starts with a space continues the owner of the line before",
            )
        ttl = self._take_ttl_and_class(tokens)
        if not tokens:
            raise InputError("the record has no type", hint="write owner, TTL, class, type, data")
        self._add(owner, ttl, record_type(tokens[0]), " ".join(tokens[1:]))

    def _take_ttl_and_class(self, tokens: list[str]) -> int | None:
        """Take TTL and class, in either order, off the front of the tokens."""
        ttl: int | None = None
        said_class = False
        while tokens:
            word = tokens[0].upper()
            if ttl is None and word[0].isdigit():
                ttl = self._ttl(word)
            elif not said_class and word in ("IN", "CLASS1"):
                said_class = True
            elif not said_class and (word in _CLASSES or word.startswith("CLASS")):
                raise InputError(f"class {word} is not read", hint="zones of class IN only")
            else:
                break
            tokens.pop(0)
        return ttl

    def _ttl(self, text: str) -> int:
        """Return seconds for ``300`` or ``1h30m``; raises InputError."""
        try:
            seconds = dns.ttl.from_text(text)
        except (dns.exception.DNSException, ValueError) as error:
            raise InputError(f"{text[:40]!r} is no TTL", hint="write 3600 or 1h") from error
        if seconds <= MAX_TTL:
            return seconds
        self._remark(f"TTLs above {MAX_TTL} count as 0 (RFC 2181 8)", "write a smaller TTL")
        return 0

    def _remark(self, message: str, hint: str) -> None:
        """Note once what costs no record; the place is the first of its kind."""
        if message not in self._remarks:
            self._remarks.add(message)
            where = f"{self._path}:{self._number}"
            self.reading.problems.append(Problem(message, where, hint))

    def _add(self, owner: str, ttl: int | None, rdtype: str, text: str) -> None:
        data = canonical_rdata(rdtype, text, self._origin or "")
        if rdtype == "SOA":
            self._soa_minimum = int(data.rpartition(" ")[2])
        if ttl is not None:
            self._last_ttl = ttl
        else:
            ttl = self._ttls()[2]
            if ttl is None:
                raise InputError("the record has no TTL", hint="write $TTL at the top of the file")
        self.reading.records.append((owner, rdtype, ttl, data))

    def _complete(self, token: str) -> str:
        """Return the canonical name of an owner token; raises InputError."""
        if token[0] == token[-1] == '"':
            token = token[1:-1] or token
        if len(token) > _MAX_TOKEN:
            raise InputError(f"{token[:60]}... is no domain name: too long")
        if token in _ROOT:
            return ""
        if _FINAL_DOT.fullmatch(token):
            return names.canonical(token)
        if self._origin is None:
            raise InputError(
                f"{token!r} is relative and no origin is known",
                hint="write $ORIGIN, or set origin for this source",
            )
        if token in _ORIGIN:
            return self._origin
        return names.canonical(f"{token}.{self._origin}." if self._origin else f"{token}.")

    # -- directives -------------------------------------------------------------------------

    def _directive(self, tokens: tuple[str, ...]) -> None:
        word, arguments = tokens[0].upper(), tokens[1:]
        if word == "$INCLUDE" and 1 <= len(arguments) <= 2:
            self._include(arguments)
        elif word == "$GENERATE" and len(arguments) >= 4:
            self._generate(arguments)
        elif word == "$ORIGIN" and len(arguments) == 1:
            self._origin = self._complete(arguments[0])
        elif word == "$TTL" and len(arguments) == 1:
            # It goes on to count after the $INCLUDE it stands in, as it does for BIND.
            self._default_ttl = self._ttl(arguments[0])
        elif word in ("$INCLUDE", "$GENERATE", "$ORIGIN", "$TTL"):
            raise InputError(f"{word} has the wrong number of arguments")
        else:
            raise InputError(
                f"{word[:40]} is no directive", hint="known: $ORIGIN $TTL $INCLUDE $GENERATE"
            )

    def _include(self, arguments: tuple[str, ...]) -> None:
        path = self._included(arguments[0].strip('"'))
        origin = self._origin
        inner = self._complete(arguments[1]) if len(arguments) > 1 else origin
        owner = self._owner
        self._origin = inner
        try:
            self.check_size(path)
            self.file(path)
        except OSError as error:
            raise InputError(f"{path.name} cannot be included: {error.strerror}") from error
        finally:
            self._origin, self._owner = origin, owner

    def _included(self, text: str) -> Path:
        """Return the file that an $INCLUDE means; it lies in the folder of the zone file."""
        if Path(text).is_absolute() or ".." in Path(text).parts:
            raise InputError(
                f"$INCLUDE {text!r} leads out of the folder",
                hint="included files lie in the folder of the zone file or below it",
            )
        candidates = (self._path.parent / text, self._root / text)
        path = next((p for p in candidates if p.is_file()), None)
        if path is None:
            raise InputError(f"$INCLUDE {text!r}: there is no such file", hint=f"in {self._root}")
        real = path.resolve()
        if not real.is_relative_to(self._root):
            raise InputError(f"$INCLUDE {text!r} is a link out of the folder")
        if real in self._stack:
            raise InputError(f"$INCLUDE {text!r} includes itself")
        if len(self._stack) > self._limits.depth:
            raise InputError(f"$INCLUDE nested more than {self._limits.depth} deep")
        if real not in self.reading.included and len(self.reading.included) >= self._limits.files:
            raise InputError(f"more than {self._limits.files} files are included")
        self.reading.included.add(real)
        return path

    def _generate(self, arguments: tuple[str, ...]) -> None:
        span = generate.parse_range(arguments[0])
        if len(span) > self._generated:
            raise LimitError(
                f"$GENERATE {arguments[0]} makes {len(span)} records; "
                f"the limit for a zone is {self._limits.generated}"
            )
        self._generated -= len(span)
        rest = list(arguments[2:])
        ttl = self._take_ttl_and_class(rest)
        if len(rest) < 2:
            raise InputError("$GENERATE has no type or no data")
        if len(rest) > 2:
            raise InputError(
                "the data of $GENERATE is one word; BIND refuses the zone",
                hint='quote it: $GENERATE 1-3 h$ MX "10 mail$"',
            )
        rdtype, template = record_type(rest[0]), rest[1]
        if template.startswith('"'):
            # One quoted token holds all of the data; what it says inside is read once more.
            template = rest[1][1:-1].replace('\\"', '"')
        for value in span:
            owner = self._complete(generate.expand(arguments[1], value))
            self._owner = owner
            self._add(owner, ttl, rdtype, generate.expand(template, value))
