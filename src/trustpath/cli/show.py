"""``trustpath show``: the trust path of one name."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trustpath.cli.application import Application
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    AsOfOption,
    CollectOption,
    EstateOption,
    Format,
    FormatOption,
    NowOption,
    RulesOption,
)


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def show(
        name: Annotated[str, typer.Argument(help="The domain name.")],
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        as_of: AsOfOption = None,
        rules: RulesOption = None,
        collect: CollectOption = True,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Show the trust path of a name, link by link, with the findings on it."""
        from trustpath.cli.formats import show_rows
        from trustpath.cli.session import opened
        from trustpath.workflow.show import as_document
        from trustpath.workflow.show import show as path_of
        from trustpath.workflow.show_tree import tree_document, tree_of

        session, moment = opened(
            application, estate, now=now, as_of=as_of, rules=rules, collect=collect
        )
        path = path_of(session, name, as_of=moment)
        if format is Format.TABLE:
            from trustpath.cli.formats.tree import print_tree

            print_tree(tree_of(path))
            return
        document = _readable(as_document(path))
        columns = ("kind", "text", "source", "grade", "observed_at", "age")
        links = document.pop("links")
        if format is Format.JSON:
            from trustpath.cli.formats.rows import write_json

            tree = _readable(tree_document(tree_of(path).root))

            write_json({"schema": "trustpath/show/1", **document, "links": links, "tree": tree})
        else:
            show_rows("trustpath/show/1", name, columns, links, format)


def _readable(value: Any, key: str = "") -> Any:
    from trustpath.rules.value import exact

    if isinstance(value, dict):
        return {name: _readable(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable(item, key) for item in value]
    return value if key == "age" else exact(key, value)
