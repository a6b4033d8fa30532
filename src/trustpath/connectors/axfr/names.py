"""Domain names in DNS messages (RFC 1035 4.1.4) straight into canonical text."""

from __future__ import annotations

import re

import dns.name

from trustpath.base.errors import InputError

_PLAIN = re.compile(rb"[a-z0-9_*-]+").fullmatch
_MAX_OCTETS = 255
_MAX_POINTERS = 127  # a name has no more labels than that


class MessageError(InputError):
    """A DNS message that does not follow the format."""


class Wire:
    """A message with its lower-case copy and the names read so far.

    ``names`` maps the offset of a name to its canonical text and its octets in wire form.
    """

    __slots__ = ("lowered", "names", "octets")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.lowered = octets.lower()
        self.names: dict[int, tuple[str, int]] = {}


def read_name(wire: Wire, start: int, pointers: int = 0) -> tuple[str, int]:
    """Return the canonical name at ``start`` and the offset after it; the root is empty.

    A compression pointer must lead to before the name it stands in, so that no loop exists;
    raises MessageError, and IndexError where the message ends inside of the name.
    """
    octets = wire.octets
    labels: list[str] = []
    size, position = 1, start
    while 0 < (length := octets[position]) < 0xC0:
        if length > 63:
            raise MessageError(f"label of unknown kind at octet {position}")
        after = position + 1 + length
        label = wire.lowered[position + 1 : after]
        if _PLAIN(label):
            labels.append(label.decode("ascii"))
        else:
            labels.append(dns.name.Name((label,)).to_text(omit_final_dot=True))
        size += length + 1
        position = after
    end = position + 1
    if length:
        target = (length & 0x3F) << 8 | octets[end]
        end += 1
        known = wire.names.get(target)
        if known is None:
            if target >= start or pointers == _MAX_POINTERS:
                raise MessageError(f"compression pointer at octet {position} leads nowhere")
            read_name(wire, target, pointers + 1)
            known = wire.names[target]
        size += known[1] - 1
        if known[0]:
            labels.append(known[0])
    if size > _MAX_OCTETS:
        raise MessageError(f"name at octet {start} is longer than {_MAX_OCTETS} octets")
    text = labels[0] if len(labels) == 1 else ".".join(labels)
    wire.names[start] = (text, size)
    return text, end
