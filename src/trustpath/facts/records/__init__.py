"""Facts from RRsets: canonical rdata in, relation rows out.

``canonical_rdata``, ``canonical_text`` and ``text_of_wire`` bring one record into the text form
that every source shares; ``rrset_facts`` and ``zone_facts`` turn RRsets in that form into rows of
the relations of ``facts.relations.dns``.
"""

from trustpath.facts.records.assemble import Record, assemble
from trustpath.facts.records.canonical import canonical_rdata, canonical_text, text_of_wire
from trustpath.facts.records.rrset import rrset_facts
from trustpath.facts.records.zone import zone_facts

__all__ = [
    "Record",
    "assemble",
    "canonical_rdata",
    "canonical_text",
    "rrset_facts",
    "text_of_wire",
    "zone_facts",
]
