"""`meshplan simulate`: what happens to every flow in every phase."""

from __future__ import annotations

from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options, tables
from planner.cli.console import Terminal
from planner.cli.exits import Exit
from planner.cli.verdict_view import verdicts
from planner.errors import UsageError
from planner.report.documents import to_json
from planner.report.verdicts import verdict_list

FORMATS = ("table", "json")


def simulate(
    source: options.Sources = None,
    phase: Annotated[
        list[int] | None, typer.Option("--phase", help="Only this phase (may be given again).", metavar="K", min=0)
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Play the whole way back too.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List flows that are mTLS too.")] = False,
    output: Annotated[str, options.output_of(*FORMATS)] = "table",
    namespace: options.Namespace = "default",
    config: options.Config = "",
    istio_version: options.IstioVersion = "",
    kubernetes_version: options.KubernetesVersion = "",
    outbound_policy: options.OutboundPolicy = "",
    only: options.Only = None,
    skip: options.Skip = None,
    include: options.Include = None,
    timeout: options.Timeout = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Tell what happens to every flow in every phase, and within it."""
    if output not in FORMATS:
        raise UsageError(f"-o {output}: not one of {', '.join(FORMATS)}", slug="usage")
    terminal = Terminal(quiet, verbose, not no_color)
    settings = options.settings(
        config,
        include=include,
        timeout=timeout,
        istio_version=istio_version,
        kubernetes_version=kubernetes_version,
        outbound_policy=outbound_policy,
        only=only,
        skip=skip,
    )
    run = pipeline.start(source or [], settings, namespace, terminal.progress)
    simulation = pipeline.played_back(run) if undo else run.simulation
    wanted = _phases(phase, tuple(item.index for item in run.plan.phases))
    if output == "json":
        terminal.write(to_json(verdict_list(simulation, wanted)))
    else:
        verdicts(terminal, run.plan, simulation, wanted, every=every)
    tables.notes(terminal, run.notes)
    raise typer.Exit(Exit.PARTIAL if run.snapshot.partial else Exit.DONE)


def _phases(asked: list[int] | None, known: tuple[int, ...]) -> tuple[int, ...]:
    for number in asked or ():
        if number not in known:
            raise UsageError(f"--phase {number}: the plan has the phases {known[0]} to {known[-1]}", slug="usage")
    return tuple(asked or ())
