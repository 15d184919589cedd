"""The names that a missing target is told to be near to."""

from __future__ import annotations

from collections.abc import Callable

from planner.checks.rules.missing_target import _near
from planner.checks.run import run
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.model.snapshot import Snapshot
from planner.settings import Settings

NAMES = {"visits-service": ["clinic/visits-service", "old/visits-service"], "vets-service": ["clinic/vets-service"]}


def test_the_callers_namespace_comes_first() -> None:
    assert _near("vists-service", "clinic", NAMES)[0] == "clinic/visits-service"
    assert _near("vists-service.clinic", "old", NAMES)[0] == "old/visits-service"


def test_the_same_name_elsewhere_is_the_nearest() -> None:
    assert _near("vets-service", "web", NAMES)[0] == "clinic/vets-service"


def test_three_at_most_and_none_that_is_far() -> None:
    assert len(_near("visits-service", "web", NAMES)) == 3
    assert _near("postgres", "web", NAMES) == ()


def test_a_name_that_an_operator_makes_is_told_as_such(snapshot_of: Callable[..., Snapshot]) -> None:
    kafka = "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: main, namespace: shop}\n"
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: c, env: [{name: BROKERS, value: 'main-kafka-bootstrap:9092'}]}]}\n"  # noqa: E501
    snapshot = snapshot_of(kafka, pod)
    found = collect(snapshot, Settings())
    findings = run(snapshot, TrafficGraph(found.flows, found.blind_spots), Settings(), ["missing-target"])
    assert [item.message.partition("; ")[2] for item in findings] == ["the operator of Kafka shop/main makes it"]
