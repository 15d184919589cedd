"""`meshplan explain`: why here, why this edge, why this finding."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options
from planner.cli.console import Terminal
from planner.report import explain as report


def explain(
    what: Annotated[str, typer.Argument(metavar="NAMESPACE|FLOW|RULE", help="What to explain.")],
    directory: Annotated[
        str, typer.Option("-d", "--directory", help="Folder that meshplan plan wrote.", metavar="OUT")
    ] = "meshplan-out",
    source: Annotated[
        list[str] | None, typer.Option("-f", "--from", help="Plan this source instead.", metavar="SOURCE")
    ] = None,
    namespace: options.Namespace = "default",
    config: options.Config = "",
    no_color: options.NoColor = False,
) -> None:
    """Explain a namespace's place, a flow's evidence and its life through the phases, or a rule."""
    terminal = Terminal(colour=not no_color)
    rule = pipeline.rule_named(what)
    if rule:
        terminal.write(report.rule(rule))
        return
    if source:
        run = pipeline.start(source, options.settings(config), namespace, terminal.progress)
        known = pipeline.documents_of(run)
    else:
        known = pipeline.documents_in(Path(directory))
    terminal.write(report.explain(what, known.plan, known.flows, known.findings, known.verdicts))
