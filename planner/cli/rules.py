"""`meshplan rules`: the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options, tables
from planner.cli.console import Terminal
from planner.errors import UsageError
from planner.report import documents

FORMATS = ("table", "json", "markdown")


def rules(output: Annotated[str, options.output_of(*FORMATS)] = "table", no_color: options.NoColor = False) -> None:
    """List the rules that meshplan checks."""
    if output not in FORMATS:
        raise UsageError(f"-o {output}: not one of {', '.join(FORMATS)}", slug="usage")
    terminal = Terminal(colour=not no_color)
    known = pipeline.all_rules()
    if output == "json":
        terminal.write(documents.to_json(documents.rule_list(known)))
    elif output == "markdown":
        terminal.write(documents.rule_table(known))
    else:
        tables.rules(terminal, known)


def version() -> None:
    """Print the version."""
    typer.echo(f"meshplan {pipeline.VERSION}")
