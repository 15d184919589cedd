"""`meshplan scan`: read once, save, replay anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options, tables
from planner.cli.console import Terminal
from planner.cli.exits import Exit


def scan(
    source: options.Sources = None,
    output: Annotated[
        str, typer.Option("-o", "--output", help="File to write, compressed if it ends in .zst; - for standard output.")
    ] = "-",
    anonymise: Annotated[
        bool, typer.Option("--anonymise", help="Replace names, hosts and addresses, so that the file can be shared.")
    ] = False,
    namespace: options.Namespace = "default",
    config: options.Config = "",
    include: options.Include = None,
    timeout: options.Timeout = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Read the sources once and save them as a snapshot, without any secret value."""
    terminal = Terminal(quiet, verbose, not no_color)
    settings = options.settings(config, include=include, timeout=timeout)
    run = pipeline.start(source or [], settings, namespace, terminal.progress)
    text = pipeline.snapshot_text(run, anonymise=anonymise)
    if output == "-":
        terminal.write(text)
    else:
        pipeline.save(Path(output), text)
        if not quiet:
            terminal.err.print(f"saved {len(run.snapshot.objects)} objects to {output}")
            if anonymise:
                terminal.err.print("names, hosts and addresses are replaced; look at the file before you send it")
    tables.notes(terminal, run.snapshot.notes)
    raise typer.Exit(Exit.PARTIAL if run.snapshot.partial else Exit.DONE)
