"""`meshplan plan`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner import pipeline
from planner.cli import check, options, tables
from planner.cli.console import Terminal
from planner.cli.exits import Exit
from planner.errors import UsageError
from planner.report import documents, markdown
from planner.report import terminal as terminal_report

FORMATS = ("table", "json", "markdown")


def plan(
    source: options.Sources = None,
    directory: Annotated[
        str, typer.Option("-d", "--directory", help="Folder to write plan, bundles and pictures to.", metavar="OUT")
    ] = "",
    output: Annotated[str, options.output_of(*FORMATS)] = "table",
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="Exit 1 on findings: blocked, unknown, advice, never.")
    ] = "never",
    namespace: options.Namespace = "default",
    config: options.Config = "",
    istio_version: options.IstioVersion = "",
    kubernetes_version: options.KubernetesVersion = "",
    outbound_policy: options.OutboundPolicy = "",
    revision: options.Revision = "",
    cluster_domain: options.ClusterDomain = "",
    max_namespaces: Annotated[
        int, typer.Option("--max-namespaces", help="Most namespaces in one phase; 0 chooses.", metavar="NUMBER", min=0)
    ] = 0,
    max_workloads: Annotated[
        int,
        typer.Option("--max-workloads", help="Most workloads in one phase; 0 for no limit.", metavar="NUMBER", min=0),
    ] = 0,
    templates: Annotated[
        str, typer.Option("--templates", help="Folder whose templates are used first.", metavar="FOLDER")
    ] = "",
    only: options.Only = None,
    skip: options.Skip = None,
    seed: options.Seed = 0,
    include: options.Include = None,
    timeout: options.Timeout = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Plan the rollout: phases in a safe order, a bundle per phase, pictures, a report."""
    if output not in FORMATS:
        raise UsageError(f"-o {output}: not one of {', '.join(FORMATS)}", slug="usage")
    if fail_on not in check.FAIL_ON:
        raise UsageError(f"--fail-on {fail_on}: not one of {', '.join(check.FAIL_ON)}", slug="usage")
    terminal = Terminal(quiet, verbose, not no_color)
    settings = options.settings(
        config,
        include=include,
        timeout=timeout,
        istio_version=istio_version,
        kubernetes_version=kubernetes_version,
        outbound_policy=outbound_policy,
        revision=revision,
        cluster_domain=cluster_domain,
        max_namespaces=max_namespaces or None,
        max_workloads=max_workloads or None,
        templates=templates,
        only=only,
        skip=skip,
        seed=seed or None,
    )
    if directory:
        pipeline.refuse_foreign(Path(directory))
    run = pipeline.start(source or [], settings, namespace, terminal.progress)
    lost = pipeline.produce(run, Path(directory), terminal.progress) if directory else ()
    contents = pipeline.contents(run, directory, lost)
    if output == "json":
        terminal.write(documents.to_json(documents.plan_document(contents.plan, contents.notes)))
    elif output == "markdown":
        terminal.write(markdown.plan(contents))
    else:
        terminal.write(terminal_report.summary(contents))
    tables.notes(terminal, (*contents.notes, *contents.plan.notes))
    if run.snapshot.partial:
        raise typer.Exit(Exit.PARTIAL)
    failing = any(item.outcome in check.FAIL_ON[fail_on] for item in contents.open_findings())
    raise typer.Exit(Exit.FINDINGS if failing else Exit.DONE)
