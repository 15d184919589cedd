"""`meshplan check`: what stands in the way."""

from __future__ import annotations

from typing import Annotated

import typer

from planner import pipeline
from planner.cli import options, tables
from planner.cli.console import Terminal
from planner.cli.exits import Exit
from planner.errors import UsageError
from planner.model.finding import Finding, Outcome
from planner.report import documents

FORMATS = ("table", "json")
FAIL_ON = {
    "blocked": (Outcome.BLOCKED,),
    "unknown": (Outcome.BLOCKED, Outcome.UNKNOWN),
    "advice": (Outcome.BLOCKED, Outcome.UNKNOWN, Outcome.ADVICE),
    "never": (),
}


def check(
    source: options.Sources = None,
    output: Annotated[str, options.output_of(*FORMATS)] = "table",
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Run only these rules (id or name).", metavar="RULE")
    ] = None,
    fail_on: Annotated[str, typer.Option("--fail-on", help="Exit 1 on: blocked, unknown, advice, never.")] = "blocked",
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
    """Check readiness: what must be settled before each workload joins."""
    if output not in FORMATS:
        raise UsageError(f"-o {output}: not one of {', '.join(FORMATS)}", slug="usage")
    if fail_on not in FAIL_ON:
        raise UsageError(f"--fail-on {fail_on}: not one of {', '.join(FAIL_ON)}", slug="usage")
    pipeline.known_rules(rule or [])
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
    run = pipeline.start(source or [], settings, namespace, terminal.progress, rule or [])
    remarks = (*run.snapshot.notes, *run.discovery.notes)
    found = tuple(item for item in run.findings if _wanted(item, only, skip))
    if output == "json":
        terminal.write(documents.to_json(documents.finding_list(found, remarks)))
    else:
        tables.findings(terminal, found)
    tables.notes(terminal, remarks)
    if run.snapshot.partial:
        raise typer.Exit(Exit.PARTIAL)
    raise typer.Exit(Exit.FINDINGS if any(item.outcome in FAIL_ON[fail_on] for item in found) else Exit.DONE)


def _wanted(item: Finding, only: list[str] | None, skip: list[str] | None) -> bool:
    namespace = item.subject.name if item.subject.kind == "Namespace" else item.subject.namespace
    return not namespace or ((not only or namespace in only) and namespace not in (skip or []))
