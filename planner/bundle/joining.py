"""The steps of a phase in which units join: guards, label, canary, the rest, routes, STRICT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.bundle import (
    forced_mtls,
    labels,
    namespace_labels,
    opt_outs,
    peer_authentications,
    restarts,
    service_entries,
)
from planner.bundle.part import Part, step, together
from planner.bundle.service_entries import Entry
from planner.bundle.step_names import CANARY, GUARD, LABEL, RESTART, ROUTES, STRICT, WORDS
from planner.bundle.virtual_services import routes
from planner.bundle.work import Work
from planner.model.bundle import StepBundle
from planner.model.plan import Phase
from planner.model.refs import Ref


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What is decided for the whole plan at once, because it spans phases.

    Attributes:
        entries: What becomes of every external host.
        exceptions: Open ports by (phase, whether before the label).
    """

    entries: tuple[Entry, ...]
    exceptions: dict[tuple[int, bool], Part]

    def open_ports(self, phase: int, *, guard: bool) -> Part:
        """Give what a phase does about open ports before its label, or at its end."""
        return self.exceptions.get((phase, guard), Part())


def joining_steps(work: Work, phase: Phase, decided: Decided) -> Iterator[tuple[StepBundle, Part]]:
    """Build the steps of a phase; some may be empty."""
    canary, rest = _moves(work, phase)
    parts = (
        (GUARD, _guard(work, phase, decided)),
        (LABEL, together(namespace_labels.label(unit, work) for unit in phase.units)),
        (CANARY, canary),
        (RESTART, rest),
        (ROUTES, routes(work, work.rewrites, phase)),
        (STRICT, _strict(work, phase, decided)),
    )
    for name, part in parts:
        yield step(name, *WORDS[name], part), part


def _guard(work: Work, phase: Phase, decided: Decided) -> Part:
    return (
        peer_authentications.explicit_permissive(work, phase)
        + decided.open_ports(phase.index, guard=True)
        + forced_mtls.relax(work, phase.index)
        + service_entries.guard(decided.entries, work, phase.index)
        + opt_outs.opt_out(work, phase)
    )


def _strict(work: Work, phase: Phase, decided: Decided) -> Part:
    closed = together(peer_authentications.close(work, name) for name in phase.strict)
    exceptions = decided.open_ports(phase.index, guard=False)
    return exceptions + closed


def _moves(work: Work, phase: Phase) -> tuple[Part, Part]:
    """Divide the template patches and restarts between the canary and the rest."""
    templates = labels.label(work, phase)
    first = restarts.canaries(work, phase)
    ready = restarts.order(restarts.restartable(work, phase), work)
    canary = _move([ref for ref in ready if ref in first], templates, work)
    rest = _move([ref for ref in ready if ref not in first], templates, work)
    moved = {item.ref for part in (canary, rest) for item in part.rollouts}
    still = tuple(patch for patch in templates.patches if patch.ref not in moved)
    others = Part(patches=still, manual=templates.manual, notes=templates.notes, back=templates.back)
    return canary, rest + others + restarts.by_hand(work, phase) + restarts.next_runs(work, phase)


def _move(refs: Sequence[Ref], templates: Part, work: Work) -> Part:
    wanted = set(refs)
    patches = tuple(patch for patch in templates.patches if patch.ref in wanted)
    return Part(patches=patches) + restarts.rollouts(refs, patches, work)
