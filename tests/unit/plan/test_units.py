from __future__ import annotations

from collections.abc import Callable

from planner.graph.traffic import TrafficGraph
from planner.model.plan import Classed, NamespaceClass
from planner.model.snapshot import Snapshot
from planner.plan.build import build
from planner.plan.facts import gather
from planner.plan.units import Roster, roster, waves
from planner.settings import Pin, Settings
from tests.builders import flow
from tests.unit.plan.test_classes import deployment

NAMES = ("app", "old", "ops", "front", "bare")


def namespace(name: str, labels: str = "{}") -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n"


def cluster(snapshot_of: Callable[..., Snapshot]) -> Snapshot:
    return snapshot_of(
        deployment("app"),
        deployment("old"),
        namespace("old", "{istio-injection: enabled}"),
        deployment("ops", image="prom/prometheus:v3"),
        deployment("front", image="traefik:3"),
        namespace("bare"),
    )


def sort(snapshot: Snapshot, **settings: object) -> Roster:
    kinds = {"ops": NamespaceClass.PLATFORM, "front": NamespaceClass.EDGE}
    classes = [Classed(name, kinds.get(name, NamespaceClass.APPLICATION), ("seen",)) for name in NAMES]
    return roster(snapshot.inventory, classes, Settings(**settings))  # type: ignore[arg-type]


def test_every_namespace_joins_is_in_already_or_stays_out_with_a_reason(snapshot_of: Callable[..., Snapshot]) -> None:
    found = sort(cluster(snapshot_of))
    assert found.joining == ("app",)
    assert found.already == ("old",)
    assert {item.namespace: item.reason.split(":")[0] for item in found.outside} == {
        "ops": "platform",
        "front": "edge",
        "bare": "nothing runs in it, as far as was read",
    }


def test_the_users_word_moves_namespaces(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = cluster(snapshot_of)
    assert sort(snapshot, excluded={"app": "retired"}).outside[0].reason == "retired"
    assert "front" in sort(snapshot, join_edge=("front",)).joining
    assert sort(snapshot, only=("old",)).joining == ()
    assert sort(snapshot, skip=("app",)).joining == ()


def test_a_namespace_above_the_limit_becomes_waves_callees_first(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(*(deployment("app", name=name) for name in ("web", "api", "db")))
    graph = TrafficGraph([flow("app/web", "app/api"), flow("app/api", "app/db")])
    units = waves("app", snapshot.inventory, graph, 2)
    assert [unit.workloads for unit in units] == [("Deployment/api", "Deployment/db"), ("Deployment/web",)]
    assert [unit.last for unit in units] == [False, True]
    assert [unit.name for unit in waves("app", snapshot.inventory, graph, 3)] == ["app"]


def plan_of(snapshot: Snapshot, graph: TrafficGraph, **settings: object):
    said = Settings(**settings)  # type: ignore[arg-type]
    return build(snapshot, graph, (), said, gather(snapshot, said))


def test_a_plan_names_the_edge_question_cycles_and_names_that_mean_nothing(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    snapshot = snapshot_of(deployment("a"), deployment("b"), deployment("front", image="traefik:3"))
    graph = TrafficGraph([flow("a/d", "b/d"), flow("b/d", "a/d"), flow("front/d", "a/d")])
    plan = plan_of(snapshot, graph, pins=(Pin("nobody", 1),), excluded={"ghost": "x"})
    assert plan.cycles == (("a", "b"),)
    assert plan.edges[0].serves == ("a/d",)
    assert sorted(note.subject for note in plan.notes) == ["ghost", "nobody"]


def test_waves_stand_in_their_order(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(*(deployment("app", name=f"w{n}") for n in range(6)))
    plan = plan_of(snapshot, TrafficGraph([]), max_workloads=2)
    placed = [unit.wave for phase in plan.phases for unit in phase.units]
    assert placed == [1, 2, 3]
    finished = plan.phase_of("app")
    assert finished is not None
    assert finished.index == 3
