"""The whole rollout in time: every step of every phase is played, and the flows that it touches are judged again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from planner.graph.traffic import TrafficGraph
from planner.model.bundle import PhaseBundle, StepBundle
from planner.model.flow import Flow
from planner.model.refs import Ref
from planner.model.verdict import Moment, Simulation, Verdict
from planner.simulate.stage import Stage
from planner.simulate.verdicts import guards_of, verdict_of

Life = list[tuple[int, Verdict]]
Move = tuple[Moment, tuple[Flow, ...]]
"""A moment, not yet numbered, with the flows that may have changed since the one before."""


@dataclass
class _Film:
    """What has been seen so far; flows are told apart as objects, since each is one for the whole film."""

    stage: Stage
    guards: Mapping[int, frozenset[str]] = field(default_factory=dict)
    lives: dict[int, Life] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def show(self, moment: Moment, flows: Iterable[Flow]) -> None:
        """Judge some flows at a moment, and keep what changed."""
        self.moments.append(moment)
        for flow in {id(flow): flow for flow in flows}.values():
            verdict = verdict_of(flow, self.stage.view, self.stage.around, self.guards.get(id(flow)))
            life = self.lives.setdefault(id(flow), [])
            if not life or life[-1][1] != verdict:
                life.append((moment.number, verdict))


def simulate(
    bundles: Iterable[PhaseBundle], graph: TrafficGraph, stage: Stage, *, back: bool = False, again: bool = False
) -> Simulation:
    """Play the rollout.

    Args:
        bundles: What every phase changes, in order.
        graph: Flows.
        stage: The cluster as it is today; it is played upon, so each call needs a new one.
        back: Whether the whole way back is played after the way forth.
        again: Judge every flow at every moment, for tests of what is left out.
    """
    phases = tuple(bundles)
    film = _Film(stage)
    film.show(Moment(0, None, "", "today", ends_phase=False), graph.flows)
    film.guards = {id(flow): found for flow in graph.flows if (found := guards_of(flow, stage.view, stage.around))}
    moves = chain(_forth(phases, stage), _back(phases, stage) if back else ())
    for number, (moment, touched) in enumerate(moves, start=1):
        film.show(replace(moment, number=number), graph.flows if again else touched)
    lives = {flow.id: tuple(film.lives[id(flow)]) for flow in graph.flows}
    return Simulation(tuple(film.moments), dict(sorted(lives.items())))


def _forth(phases: tuple[PhaseBundle, ...], stage: Stage) -> Iterator[Move]:
    for bundle in phases:
        if not bundle.steps:
            yield Moment(0, bundle.index, "", "nothing to do", ends_phase=True), ()
        for step in bundle.steps:
            yield from _move(step, bundle, stage, ends=step is bundle.steps[-1], back=False)


def _back(phases: tuple[PhaseBundle, ...], stage: Stage) -> Iterator[Move]:
    for bundle in reversed(phases):
        by_name = {step.name: step for step in bundle.steps}
        for name in bundle.undo_order:
            yield from _move(by_name[name], bundle, stage, ends=name == bundle.undo_order[-1], back=True)


def _move(step: StepBundle, bundle: PhaseBundle, stage: Stage, *, ends: bool, back: bool) -> Iterator[Move]:
    """Do a step or take it back: its changes, then its restarts.

    Where the changes alone bring pods with and without a proxy side by side, as the labels of a wave do, that is a
    moment of its own; after a label of a namespace it has been one since then.
    """
    refs = (*(rollout.ref for rollout in step.rollouts), *_runs_again(step, bundle, stage))
    was_between = stage.between(refs)
    touched = stage.change(step, back=back)
    if refs and not was_between and stage.between(refs):
        yield Moment(0, bundle.index, step.name, f"{step.title} (while pods are replaced)", False, back, True), touched
        touched = ()
    yield Moment(0, bundle.index, step.name, step.title, ends, back), (*touched, *stage.replace(refs))


def _runs_again(step: StepBundle, bundle: PhaseBundle, stage: Stage) -> tuple[Ref, ...]:
    """Name the Jobs whose next run is taken for done: the last step that replaces pods says so of them."""
    last = next((item for item in reversed(bundle.steps) if item.rollouts or item.unchecked), None)
    return stage.jobs_of(bundle.namespaces) if step is last else ()
