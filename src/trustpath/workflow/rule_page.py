"""The page of a rule: the same text for ``rules explain`` and for the documentation."""

from __future__ import annotations

from trustpath.rules.rule import Rule

_GATE = {
    "gate": "decidable from the proposed state: the change gate uses it",
    "probe": "needs a live look as well: the change gate asks for a probe",
    "observe": "observation only",
}
_INPUTS = {
    "Z": "DNS zones",
    "C": "certificates",
    "E": "endpoints",
    "T": "certificate transparency",
    "R": "revocation",
    "O": "declarations",
    "K": "policy",
    "H": "history",
    "P": "CAs, accounts and jobs",
    "V": "outside facts",
}


def rule_page(rule: Rule) -> str:
    """Return the Markdown page of a rule."""
    severity = "\n".join(
        f"| {tier} | {status.word if status else 'not judged'} |"
        for tier, status in rule.severity.items()
    )
    inputs = ", ".join(_INPUTS.get(letter, letter) for letter in rule.inputs)
    lines = [
        f"# {rule.id}: {rule.title}",
        "",
        rule.rationale,
        "",
        f"**Where it fails.** {rule.says.template}",
        "",
        f"- Subject: {rule.subject}",
        f"- Evidence: {inputs}" if inputs else "",
        f"- Gate: {_GATE[rule.gate]}",
        f"- When unknown, mostly missing: {rule.missing}",
        f"- What decides it then: {rule.decides}" if rule.decides else "",
        f"- Requirement: {rule.source}",
        f"- CSF 2.0: {', '.join(rule.csf)}" if rule.csf else "",
        f"- OWASP NHI: {', '.join(rule.nhi)}" if rule.nhi else "",
        f"- In force: {rule.effective}" if rule.effective else "",
        "",
        "| tier | status when not met |",
        "|---|---|",
        severity,
        "",
        f"**What to do.** {rule.remediation}",
        "",
        "```sql",
        rule.sql,
        "```",
        "",
    ]
    kept = [line for number, line in enumerate(lines) if line or lines[number - 1 : number] != [""]]
    return "\n".join(kept)
