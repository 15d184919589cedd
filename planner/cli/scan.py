"""`meshplan scan`: read once, save, replay anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options, tables
from planner.cli.console import Terminal
from planner.cli.exits import Exit
from planner.settings import Settings


def scan(
    source: options.Sources = None,
    output: Annotated[str, typer.Option("-o", "--output", help="File to write; - for standard output.")] = "-",
    namespace: options.Namespace = "default",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Read the sources once and save them as a snapshot, without any secret value."""
    terminal = Terminal(quiet, verbose, not no_color)
    run = pipeline.start(source or [], Settings(), namespace, terminal.progress)
    text = pipeline.snapshot_text(run)
    if output == "-":
        terminal.write(text)
    else:
        pipeline.save(Path(output), text)
        if not quiet:
            terminal.err.print(f"saved {len(run.snapshot.objects)} objects to {output}")
    tables.notes(terminal, run.snapshot.notes)
    raise typer.Exit(Exit.PARTIAL if run.snapshot.partial else Exit.DONE)
