"""One run over one input: the stages in order, each worked out once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from planner.bundle.build import build as build_bundles
from planner.checks import run as checks
from planner.errors import ConfigError, UsageError
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.mesh.versions import Version
from planner.model.bundle import PhaseBundle
from planner.model.finding import Finding
from planner.model.flow import Discovery
from planner.model.note import Note
from planner.model.plan import Phase, Plan, Step
from planner.model.readiness import Readiness
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.model.verdict import Simulation
from planner.pipeline.kinds import declared_kinds
from planner.pipeline.repair import Settled, settle
from planner.plan import build as plan_build
from planner.plan.facts import Facts, gather
from planner.settings import Settings
from planner.simulate.stage import Stage
from planner.simulate.timeline import simulate
from planner.sources.cluster.read import Wanted
from planner.sources.read import read

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
    def _settled(self) -> Settled:
        first = plan_build.build(self.snapshot, self.graph, self.findings, self.settings, self.facts)
        accepted = self.settings.accept
        return settle(first, self.snapshot.inventory, self.graph, accepted, self._bundle, self._play)

    def _bundle(self, plan: Plan) -> tuple[PhaseBundle, ...]:
        return build_bundles(plan, self.snapshot, self.graph, self.findings, self.settings, self.facts)

    def _play(self, bundles: tuple[PhaseBundle, ...]) -> Simulation:
        return simulate(bundles, self.graph, self.stage())

    @property
    def order(self) -> Plan:
        """The rollout with its repairs, before its steps are told."""
        return self._settled.plan

    @property
    def bundles(self) -> tuple[PhaseBundle, ...]:
        """What each phase changes."""
        return self._settled.bundles

    @property
    def simulation(self) -> Simulation:
        """The verdict of every flow at every moment of the way forth."""
        return self._settled.simulation

    def stage(self) -> Stage:
        """Set up the cluster as it is today, to play the rollout on."""
        return Stage(self.snapshot, self.graph, self.findings, self.settings, self.facts)

    @cached_property
    def plan(self) -> Plan:
        """The rollout, each phase with its steps and gates."""
        by_index = {bundle.index: bundle for bundle in self.bundles}
        verdicts = {m.phase: self.simulation.counts(m.number) for m in self.simulation.phase_ends()}
        phases = (replace(p, verdicts=verdicts.get(p.index, {})) for p in self.order.phases)
        return replace(
            self.order,
            phases=tuple(_complete(p, by_index.get(p.index)) for p in phases),
            registry_only=tuple(_closable(item, self.bundles) for item in self.order.registry_only),
        )

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Everything that reading, discovery and the bundles remarked."""
        bundled = (note for bundle in self.bundles for note in bundle.notes)
        return tuple(dict.fromkeys((*self.snapshot.notes, *self.discovery.notes, *bundled)))

    @property
    def workloads(self) -> tuple[Ref, ...]:
        """Every workload."""
        return tuple(workload.ref for workload in self.snapshot.inventory.workloads)


def played_back(run: Run) -> Simulation:
    """Play the rollout forth and the whole way back."""
    return simulate(run.bundles, run.graph, run.stage(), back=True)


def _closable(item: Readiness, bundles: tuple[PhaseBundle, ...]) -> Readiness:
    """Take back that egress may be closed where a host could not be given its entry."""
    said = f"egress of {item.namespace} stays open: "
    notes = (note.message for bundle in bundles for note in bundle.notes)
    why = sorted({message.removeprefix(said) for message in notes if message.startswith(said)})
    return replace(item, phase=None, blockers=(*item.blockers, *why)) if why and item.phase is not None else item


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
        ClusterError: A cluster cannot be reached or refuses.
    """
    for key, text in (("istio", settings.istio_version), ("kubernetes", settings.kubernetes_version)):
        _check_version(key, text)
    wanted = Wanted(declared_kinds(), frozenset(settings.include), settings.timeout)
    run = Run(read(sources, namespace, progress, wanted), settings, rules)
    _check_names(run)
    return run


def _check_names(run: Run) -> None:
    """Refuse namespaces that were asked for and do not exist: a typing mistake must not pass for "nothing blocked"."""
    known = run.snapshot.inventory.namespaces
    for flag, names in (("--only", run.settings.only), ("--skip", run.settings.skip)):
        for name in names:
            if name not in known:
                near = ", ".join(difflib.get_close_matches(name, known, n=3))
                raise UsageError(
                    f"{flag} {name}: no such namespace was read", near and f"did you mean {near}?", "usage"
                )


def _check_version(key: str, text: str | None) -> None:
    try:
        Version.parse(text or "1.0")
    except ValueError as error:
        raise ConfigError(f"{key} version {text!r}: {error}", f"try: --{key}-version 1.31", "config") from None
