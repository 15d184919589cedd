"""The promise of the whole project, on thousands of small clusters: no plan breaks a call that works today.

The bundles are carried out change by change on `Reality`, and after every change every call is made with every pod
that may be there: those that run and those that an eviction would bring. A call that no plan can keep (REGISTRY_ONLY
before the plan, a Job that still runs) must be named by a gate before the step that would break it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from planner.pipeline.run import Run
from tests.unit.simulate.reality import Reality
from tests.unit.simulate.small_clusters import Call, Cluster, cluster

CHUNKS, EACH = 60, 35


@dataclass(frozen=True)
class Break:
    """A call that worked today and fails at a moment."""

    when: str
    call: Call
    reason: str
    named: bool

    @property
    def excused(self) -> bool:
        """Whether a gate names the call, and nothing that a plan may do would have kept it."""
        return self.named and (self._stuck or self.call.source[1].endswith("-run"))

    @property
    def _stuck(self) -> bool:
        if "no entry" in self.reason:  # plain TCP to a name, or a name for which somebody else's entry stands
            return self.call.target[1] in ("db.pay.example.com", "api.pay.example.com")
        return "REGISTRY_ONLY" in self.reason or "which is DISABLE" in self.reason


def breaks(made: Cluster) -> Iterator[Break]:
    """Carry the plan out, and give every call that works today and fails at some moment, once."""
    run = Run(made.snapshot(), made.settings)
    stopped = {(repair.phase, flow) for repair in run.order.repairs for flow in repair.flows}
    world = Reality(made)
    working = [call for call in made.calls if not world.failures(call)]
    gates = ""
    for bundle in run.bundles:
        gates += " ".join(gate.text for gate in bundle.gates)
        for step in bundle.steps:
            for moment in world.moves(step):
                for call in tuple(working):
                    for reason in world.failures(call)[:1]:
                        working.remove(call)
                        named = call.id in gates or (bundle.index, call.id) in stopped
                        yield Break(f"{bundle.folder}/{step.name}: {moment}", call, reason, named)
    assert not world.refused, world.refused


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_plan_breaks_a_call_that_works_today(chunk: int) -> None:
    found = []
    for seed in range(chunk * EACH, (chunk + 1) * EACH):
        made = cluster(seed)
        wrong = [item for item in breaks(made) if not item.excused]
        found += [f"seed {seed}, {item.when}: {item.call.id}: {item.reason}" for item in wrong]
    assert not found, "\n".join(found)


def test_the_clusters_hold_what_they_are_meant_to() -> None:
    made = [cluster(seed) for seed in range(300)]
    kinds = {raw["kind"] for item in made for raw in item.objects}
    assert {
        "Job",
        "CronJob",
        "StatefulSet",
        "PeerAuthentication",
        "DestinationRule",
        "Sidecar",
        "ServiceEntry",
    } <= kinds
    calls = [call for item in made for call in item.calls]
    assert {call.spoken for call in calls} >= {"http", "grpc", "mysql", "smtp", "postgres", "redis", "https"}
    assert all(any(getattr(call, what) for call in calls) for what in ("direct", "early", "outside", "server_first"))
    assert any(not Reality(item).failures(call) for item in made for call in item.calls)


def test_every_call_is_a_flow_of_the_plan() -> None:
    for seed in range(40):
        made = cluster(seed)
        known = {flow.id for flow in Run(made.snapshot(), made.settings).graph.flows}
        assert {call.id for call in made.calls} <= known
