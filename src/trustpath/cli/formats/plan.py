"""How a plan is shown: table, JSON, SARIF 2.1.0, or Markdown for a pull request."""

from __future__ import annotations

from trustpath.cli.formats.plan_format import PlanFormat
from trustpath.cli.formats.plan_markdown import as_markdown
from trustpath.cli.formats.plan_sarif import as_sarif
from trustpath.cli.formats.plan_table import print_table
from trustpath.cli.formats.rows import write_json
from trustpath.facts.proposal import Submission
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.gate.document import document


def show_plan(said: Assessment, submission: Submission, chosen: PlanFormat) -> None:
    """Print a plan on standard output."""
    if chosen is PlanFormat.TABLE:
        print_table(said)
    elif chosen is PlanFormat.MARKDOWN:
        print(as_markdown(said))
    elif chosen is PlanFormat.SARIF:
        write_json(as_sarif(said, submission))
    else:
        write_json(document(said))
