"""`meshplan graph`: the flows."""

from __future__ import annotations

from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options, tables
from planner.cli.console import Terminal
from planner.cli.exits import Exit
from planner.errors import UsageError
from planner.report import documents

FORMATS = ("table", "json", "svg", "dot")
COLLAPSE = {"auto": None, "namespace": True, "none": False}


def graph(
    source: options.Sources = None,
    output: Annotated[str, options.output_of(*FORMATS)] = "table",
    namespace: options.Namespace = "default",
    config: options.Config = "",
    focus: Annotated[
        str, typer.Option("--focus", help="Show only what touches this namespace or ns/name.", metavar="NAME")
    ] = "",
    collapse: Annotated[
        str, typer.Option("--collapse", help="Picture of: namespace, none, or auto.", metavar="LEVEL")
    ] = "auto",
    show_suppressed: Annotated[
        bool, typer.Option("--show-suppressed", help="List what looked like a flow and is none.")
    ] = False,
    cluster_domain: options.ClusterDomain = "",
    istio_version: options.IstioVersion = "",
    include: options.Include = None,
    timeout: options.Timeout = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Show the flows: who calls whom, on which port, and how sure that is."""
    if output not in FORMATS:
        raise UsageError(f"-o {output}: not one of {', '.join(FORMATS)}", slug="usage")
    if collapse not in COLLAPSE:
        raise UsageError(f"--collapse {collapse}: not one of {', '.join(COLLAPSE)}", slug="usage")
    terminal = Terminal(quiet, verbose, not no_color)
    settings = options.settings(
        config, cluster_domain=cluster_domain, istio_version=istio_version, include=include, timeout=timeout
    )
    run = pipeline.start(source or [], settings, namespace, terminal.progress)
    shown = run.discovery.suppressed if show_suppressed else ()
    flows, _ = pipeline.focused(run, focus)
    remarks = (*run.snapshot.notes, *run.discovery.notes)
    if output == "json":
        document = documents.flow_list(flows.flows, flows.blind_spots, remarks, shown)
        terminal.write(documents.to_json(document))
    elif output in ("dot", "svg"):
        picture = pipeline.picture(run, COLLAPSE[collapse], focus)
        remarks = (*remarks, *picture.notes)
        terminal.write(picture.dot if output == "dot" else picture.svg)
    else:
        tables.flows(terminal, flows, shown)
    tables.notes(terminal, remarks)
    raise typer.Exit(Exit.PARTIAL if run.snapshot.partial else Exit.DONE)
