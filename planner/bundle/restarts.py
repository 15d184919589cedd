"""Which pods are replaced in which order: one canary first, then callees before callers, StatefulSets last.

Servers that speak first come after their callers: a caller without a proxy would hang at their port.

Source: istio.io ops/deployment/application-requirements (server-first callees after their callers). One canary before
the rest is meshplan's own caution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.bundle import part as parts
from planner.bundle.part import Part, left_out
from planner.bundle.rollout_limits import ROLLING_KINDS, cannot_restart, cautions, pod_selector
from planner.bundle.work import Work
from planner.mesh.server_first import speaks_first
from planner.model.bundle import Patch, Rollout
from planner.model.flow import Flow
from planner.model.plan import Phase, Unit
from planner.model.refs import Ref
from planner.model.workloads import Workload


def restartable(work: Work, phase: Phase) -> tuple[Workload, ...]:
    """Return the workloads of a phase whose pods `kubectl rollout restart` or a template patch replaces."""
    return tuple(w for w in work.joining(phase) if w.ref.kind in ROLLING_KINDS and not cannot_restart(w))


def canaries(work: Work, phase: Phase) -> tuple[Ref, ...]:
    """Choose one workload per unit to go first: stateless, more than one replica, fewest callers."""
    ready = {w.ref for w in restartable(work, phase)}
    chosen = []
    for unit in phase.units:
        best = min(_candidates(unit, ready, work), default=None)
        if best:
            chosen.append(best[-1])
    return tuple(sorted(set(chosen)))


def _candidates(unit: Unit, ready: set[Ref], work: Work) -> Iterable[tuple[bool, bool, bool, bool, int, Ref]]:
    for workload in work.of_unit(unit):
        if workload.ref in ready:
            inbound = work.graph.calls_to(workload.ref)
            first = any(_server_first(flow, workload) for flow in inbound)
            stateless = workload.ref.kind == "Deployment" and not _claims(workload)
            single = workload.replicas < 2
            yield first, not stateless, single, workload.replicas == 0, len(inbound), workload.ref


def _claims(workload: Workload) -> bool:
    volumes = workload.pod_spec.get("volumes")
    return any(
        isinstance(v, Mapping) and "persistentVolumeClaim" in v for v in (volumes if isinstance(volumes, list) else ())
    )


def order(workloads: Iterable[Workload], work: Work) -> tuple[Ref, ...]:
    """Order workloads so that callees come before callers, server-first callees after, StatefulSets last."""
    found = {w.ref: w for w in workloads}
    after = _constraints(found, work)
    stateful = [ref for ref in found if ref.kind == "StatefulSet"]
    others = [ref for ref in found if ref.kind != "StatefulSet"]
    return (*_sorted(others, after), *_sorted(stateful, after))


def _constraints(found: Mapping[Ref, Workload], work: Work) -> dict[Ref, set[Ref]]:
    """Give for each workload those that must come before it."""
    after: dict[Ref, set[Ref]] = {ref: set() for ref in found}
    for flow in work.graph.flows:
        if flow.source not in found or flow.background:
            continue
        for callee in (*flow.to_workloads, flow.target):
            if callee in found and callee != flow.source:
                late, early = (flow.source, callee)
                if _server_first(flow, found[callee]):
                    late, early = early, late
                after[late].add(early)
    return after


def _server_first(flow: Flow, callee: Workload) -> bool:
    image = next((c.image for c in callee.containers if not c.init), None)
    return speaks_first(flow.protocol, flow.port, image) is not None


def _sorted(refs: Iterable[Ref], after: Mapping[Ref, set[Ref]]) -> tuple[Ref, ...]:
    """Sort topologically; in a circle the one with the fewest open predecessors goes first, by name."""
    left, done = set(refs), []
    while left:
        chosen = min(left, key=lambda ref: (len(after[ref] & left), ref))
        done.append(chosen)
        left.discard(chosen)
    return tuple(done)


def rollouts(refs: Iterable[Ref], patches: Iterable[Patch], work: Work) -> Part:
    """Replace the pods of some workloads in the given order, by their patch where they have one."""
    patched = {patch.ref for patch in patches if patch.restarts}
    found: list[Rollout] = []
    part = Part()
    for workload in filter(None, map(work.inventory.workload, refs)):
        found.append(Rollout(workload.ref, pod_selector(workload), workload.ref in patched))
        for caution in cautions(workload, work.inventory):
            note = left_out(workload.ref, caution.text)
            part += parts.by_hand(caution.text, caution.text) if caution.by_hand else Part(notes=(note,))
    return part + Part(rollouts=tuple(found))


def by_hand(work: Work, phase: Phase) -> Part:
    """Say what a person must restart, and how; the way back is the same once the label is gone."""
    sentences = filter(None, map(cannot_restart, work.joining(phase)))
    return parts.together(parts.by_hand(text, f"once the label is gone: {text}") for text in sentences)


def next_runs(work: Work, phase: Phase) -> Part:
    """Name the CronJobs: nothing can be restarted, and only their next run shows whether it works."""
    found = (w.ref for w in work.joining(phase) if w.ref.kind == "CronJob")
    return Part(unchecked=tuple(f"{ref}: its next run shows it" for ref in found))
