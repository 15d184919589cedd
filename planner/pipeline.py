"""The stages in order; the only module that knows all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import planner
from planner.bundle.build import build as build_bundles
from planner.checks import catalogue
from planner.checks import run as checks
from planner.draw import pictures
from planner.draw.pictures import Picture
from planner.errors import ConfigError, InputError, UsageError
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.mesh.versions import Version
from planner.model.bundle import PhaseBundle, RenderedFile
from planner.model.finding import Finding, Rule
from planner.model.flow import Discovery
from planner.model.note import Note
from planner.model.plan import Phase, Plan, Step
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.plan import build as plan_build
from planner.plan.classes import owner_of
from planner.plan.facts import Facts, gather
from planner.plan.membership import Membership
from planner.render import files as render
from planner.render.environment import own_folder
from planner.render.write import write, write_file
from planner.report import documents, html, markdown, sarif
from planner.report.contents import Contents
from planner.settings import Settings
from planner.simulate.verdicts import counts
from planner.sources import saved
from planner.sources.files import text_of
from planner.sources.read import read

VERSION = planner.__version__
_PAINTERS = 4
"""Pictures laid out at the same time, each in a process of its own."""

Progress = Callable[[str, int, int], None]
"""Told (what is being done, done so far, of how many)."""


@dataclass(frozen=True)
class Run:
    """One run over one input: every stage is worked out once, when it is first asked for.

    Attributes:
        snapshot: What was read.
        settings: What the user said.
        rules: Rules to run; all where empty.
    """

    snapshot: Snapshot
    settings: Settings
    rules: Collection[str] = ()

    @cached_property
    def facts(self) -> Facts:
        """Versions and switches."""
        return gather(self.snapshot, self.settings)

    @cached_property
    def discovery(self) -> Discovery:
        """Flows, blind spots, and what was left out."""
        return collect(self.snapshot, self.settings)

    @cached_property
    def graph(self) -> TrafficGraph:
        """Flows as a graph."""
        return TrafficGraph(self.discovery.flows, self.discovery.blind_spots)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules say."""
        return checks.run(self.snapshot, self.graph, self.settings, self.rules)

    @cached_property
    def order(self) -> Plan:
        """The rollout before its steps are known."""
        return plan_build.build(self.snapshot, self.graph, self.findings, self.settings, self.facts)

    @cached_property
    def bundles(self) -> tuple[PhaseBundle, ...]:
        """What each phase changes."""
        return build_bundles(self.order, self.snapshot, self.graph, self.findings, self.settings, self.facts)

    @cached_property
    def plan(self) -> Plan:
        """The rollout, each phase with its steps and gates."""
        by_index = {bundle.index: bundle for bundle in self.bundles}
        verdicts = counts(self.order, self.graph.flows, Membership(self.snapshot.inventory, self.facts))
        phases = (replace(p, verdicts=verdicts[p.index]) for p in self.order.phases)
        return replace(self.order, phases=tuple(_complete(p, by_index.get(p.index)) for p in phases))

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Everything that reading, discovery and the bundles remarked."""
        bundled = (note for bundle in self.bundles for note in bundle.notes)
        return tuple(dict.fromkeys((*self.snapshot.notes, *self.discovery.notes, *bundled)))

    @property
    def workloads(self) -> tuple[Ref, ...]:
        """Every workload."""
        return tuple(workload.ref for workload in self.snapshot.inventory.workloads)


def _complete(phase: Phase, bundle: PhaseBundle | None) -> Phase:
    if bundle is None:
        return phase
    steps = tuple(
        Step(step.name, step.title, step.why, tuple(f"{ref.kind}/{ref.text}" for ref in step.restarts))
        for step in bundle.steps
    )
    return replace(phase, steps=steps, gates=bundle.gates)


def start(
    sources: Sequence[str], settings: Settings, namespace: str, progress: Progress, rules: Collection[str] = ()
) -> Run:
    """Read the sources and be ready for every later stage.

    Raises:
        ConfigError: A version is none.
        InputError: Nothing could be read.
    """
    for key, text in (("istio", settings.istio_version), ("kubernetes", settings.kubernetes_version)):
        _check_version(key, text)
    return Run(read(sources, namespace, progress), settings, rules)


def _check_version(key: str, text: str | None) -> None:
    try:
        Version.parse(text or "1.0")
    except ValueError as error:
        raise ConfigError(f"{key} version {text!r}: {error}", f"try: --{key}-version 1.31", "config") from None


def known_rules(wanted: Iterable[str]) -> None:
    """Refuse rules that do not exist.

    Raises:
        UsageError: A rule is neither an id nor a name of the catalogue.
    """
    known = {word for rule in catalogue.rules() for word in (rule.id, rule.name)}
    for word in wanted:
        if word not in known:
            raise UsageError(f"--rule {word}: no such rule", "meshplan rules lists them", "usage")


def all_rules() -> tuple[Rule, ...]:
    """Return the catalogue of rules."""
    return catalogue.rules()


def rule_named(word: str) -> Rule | None:
    """Find a rule by its id or name."""
    return next((rule for rule in catalogue.rules() if word in (rule.id, rule.name)), None)


@dataclass(frozen=True)
class Documents:
    """The three machine documents of one run."""

    plan: Mapping[str, Any]
    flows: Mapping[str, Any]
    findings: Mapping[str, Any]


def documents_of(run: Run) -> Documents:
    """Build the documents of a run."""
    return Documents(
        documents.plan_document(run.plan, run.notes),
        documents.flow_list(run.graph.flows, run.graph.blind_spots, run.notes),
        documents.finding_list(run.findings, run.notes),
    )


def documents_in(out: Path) -> Documents:
    """Read the documents that an earlier run wrote.

    Raises:
        InputError: The folder is not one that `meshplan plan` wrote.
    """
    return Documents(*(_document(out / name) for name in ("plan.json", "flows.json", "findings.json")))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(text_of(path))
    except (OSError, ValueError):
        hint = "name the folder that `meshplan plan -d` wrote, or a source with -f"
        raise InputError(f"{path}: not there, or not written by meshplan", hint, "explain") from None
    return document if isinstance(document, dict) else {}


def snapshot_text(run: Run) -> str:
    """Write the snapshot as text."""
    return saved.dump(run.snapshot)


def save(path: Path, text: str) -> None:
    """Write one file, whole or not at all."""
    write_file(path, text)


def picture(run: Run, collapse: bool | None = None, focus: str = "") -> Picture:
    """Draw the overview: workloads, or namespaces where there are too many.

    Args:
        run: The run.
        collapse: Whether namespaces are the nodes; None decides by the number of workloads.
        focus: Namespace or `namespace/name`; only it, its callers and its callees are drawn.
    """
    graph, workloads = focused(run, focus)
    scene, colours = pictures.overview(run.order, graph, workloads, collapse)
    return pictures.draw("graph", scene, colours)


def focused(run: Run, focus: str) -> tuple[TrafficGraph, tuple[Ref, ...]]:
    """Keep the flows that touch one namespace or workload, and the workloads at their ends.

    Raises:
        UsageError: Nothing of that name was read.
    """
    if not focus:
        return run.graph, run.workloads
    known = [ref for ref in (*run.workloads, *run.graph.endpoints) if focus in (ref.namespace, ref.text)]
    if not known:
        raise UsageError(f"--focus {focus}: no namespace, workload or Service of that name", slug="usage")
    flows = [f for f in run.graph.flows if {f.source, f.target, *f.to_workloads} & set(known)]
    ends = {end for flow in flows for end in (flow.source, *flow.to_workloads)} | set(known)
    blind = [spot for spot in run.graph.blind_spots if spot.workload in ends]
    return TrafficGraph(flows, blind), tuple(ref for ref in run.workloads if ref in ends)


def contents(run: Run, out: str, lost: Iterable[Note] = ()) -> Contents:
    """Gather what a report shows."""
    facts, inventory = run.facts, run.snapshot.inventory
    owners = {
        name: owner
        for name in inventory.namespaces
        if (owner := owner_of(inventory, name, run.settings.owner_label, run.settings.owners))
    }
    policy = "REGISTRY_ONLY" if facts.registry_only else "ALLOW_ANY"
    versions = (f"Istio {facts.istio}", f"Kubernetes {facts.kubernetes}", policy)
    notes = (*run.notes, *lost)
    return Contents(run.snapshot, run.graph, run.findings, run.plan, owners, notes, versions, out.rstrip("/"))


def produce(run: Run, out: Path, progress: Progress) -> tuple[Note, ...]:
    """Write the whole output folder, or nothing.

    Returns:
        Notes on what could not be drawn.

    Raises:
        OutputError: The folder holds something that is not meshplan's, or cannot be written.
    """
    drawn = _draw(run, progress)
    lost = tuple(note for one in drawn for note in one.notes)
    report = contents(run, str(out), lost)
    known = documents_of(run)
    whole = [
        *(RenderedFile(f"{one.name}.{end}", text) for one in drawn for end, text in _texts(one)),
        *render.render(run.bundles, run.plan, run.settings.templates or None),
        RenderedFile("plan.json", documents.to_json(documents.plan_document(run.plan, report.notes))),
        RenderedFile("plan.md", markdown.plan(report)),
        RenderedFile("report.html", html.page(report, own_folder(), {one.name: one.svg for one in drawn})),
        RenderedFile("findings.sarif", sarif.text(report, all_rules(), VERSION)),
        RenderedFile("findings.json", documents.to_json(known.findings)),
        RenderedFile("flows.json", documents.to_json(known.flows)),
        RenderedFile("snapshot.json", snapshot_text(run)),
    ]
    write(whole, out)
    return lost


def _texts(one: Picture) -> Iterable[tuple[str, str]]:
    return (("svg", one.svg),) if one.svg else (("dot", one.dot),)


def _draw(run: Run, progress: Progress) -> tuple[Picture, ...]:
    moving = [phase for phase in run.plan.phases if phase.units]
    scenes = [("graph", *pictures.overview(run.plan, run.graph, run.workloads))]
    for phase in moving:
        name = f"phases/{phase.folder}/graph"
        scenes.append((name, *pictures.of_phase(run.plan, phase, run.graph, run.workloads)))
    drawn = []
    with ThreadPoolExecutor(_PAINTERS) as painters:
        for number, one in enumerate(painters.map(lambda each: pictures.draw(*each), scenes), start=1):
            progress("drawing", number, len(scenes))
            drawn.append(one)
    return tuple(drawn)
