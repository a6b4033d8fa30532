"""Readers of proposals: each turns one tool's input into a ``Submission``.

They hold no connection and change nothing. What they share with the connectors that read zones is
handed in (``ports``).
"""

from trustpath.connectors.proposals.events import read_events
from trustpath.connectors.proposals.git import read_git
from trustpath.connectors.proposals.nsupdate import read_nsupdate
from trustpath.connectors.proposals.octodns import read_octodns
from trustpath.connectors.proposals.ports import MasterFiles, ZoneFolder
from trustpath.connectors.proposals.proposal_file import proposal_schema, read_proposal_file
from trustpath.connectors.proposals.terraform import read_terraform
from trustpath.connectors.proposals.update import read_update
from trustpath.connectors.proposals.zonefile import read_zonefiles, split_zone

__all__ = [
    "MasterFiles",
    "ZoneFolder",
    "proposal_schema",
    "read_events",
    "read_git",
    "read_nsupdate",
    "read_octodns",
    "read_proposal_file",
    "read_terraform",
    "read_update",
    "read_zonefiles",
    "split_zone",
]
