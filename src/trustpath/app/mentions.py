"""Looks whether what an estate file names is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trustpath.facts.estate import Estate
from trustpath.facts.estate.faults import Fault, error_of, nearest
from trustpath.facts.estate.mentions import Mention
from trustpath.rules.catalogue import Catalogue


def verify_mentions(estate: Estate, path: Path, catalogue: Catalogue) -> None:
    """Raise EstateError for every file that is missing and every rule that does not exist.

    Files are only looked at, never read: a secret stays where it is.
    """
    faults = list(_faults(estate.mentions, path.parent, catalogue))
    if faults:
        places = {mention.path: mention.where for mention in estate.mentions}
        raise error_of(faults, str(path), lambda place: places.get(place, str(path)))


def _faults(mentions: tuple[Mention, ...], folder: Path, catalogue: Catalogue) -> Iterator[Fault]:
    for mention in mentions:
        if mention.rule:
            if mention.value not in catalogue.rules:
                meant = nearest(mention.value, catalogue.rules)
                yield Fault(
                    mention.path,
                    f"there is no rule {mention.value!r}{meant}",
                    "the id of a rule (trustpath rules list); one of your own needs its folder "
                    "under `rules`",
                )
        elif not (folder / mention.value).is_file():
            yield Fault(
                mention.path,
                f"there is no file {mention.value}",
                f"a file, relative to {folder}{_maker(mention)}",
            )


def _maker(mention: Mention) -> str:
    made = mention.path == ("ledger", "key")
    return f"; trustpath ledger checkpoint --new-key {mention.value} makes one" if made else ""
