from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from planner.graph.traffic import TrafficGraph
from planner.model.snapshot import Snapshot
from planner.plan import closing
from planner.plan.facts import gather
from planner.plan.joined import joined
from planner.plan.membership import Membership
from planner.plan.obstacles import obstacles
from planner.plan.plaintext import Plaintext
from planner.settings import Settings
from tests.builders import flow
from tests.unit.plan.test_classes import deployment
from tests.unit.plan.test_closing import CLASSES

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: cart}\nspec: {ports: [{port: 80}]}\n"
CALL = flow("shop/web", "cart/db")


def rule(host: str, policy: str, namespace: str = "shop") -> str:
    return (
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
        f"metadata: {{name: r, namespace: {namespace}}}\nspec: {{host: '{host}', trafficPolicy: {policy}}}\n"
    )


@pytest.mark.parametrize(
    ("host", "policy", "held"),
    [
        ("db.cart.svc.cluster.local", "{tls: {mode: DISABLE}}", True),
        ("*.local", "{tls: {mode: DISABLE}}", True),
        ("db.cart.svc.cluster.local", "{portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}", True),
        ("db.cart.svc.cluster.local", "{tls: {mode: ISTIO_MUTUAL}}", False),
        ("db.cart.svc.cluster.local", "{connectionPool: {}}", False),
        ("other.cart.svc.cluster.local", "{tls: {mode: DISABLE}}", False),
    ],
)
def test_a_rule_that_keeps_callers_from_mtls_holds_strict_back(
    snapshot_of: Callable[..., Snapshot], host: str, policy: str, held: bool
) -> None:
    inventory = snapshot_of(SERVICE, rule(host, policy)).inventory
    assert bool(obstacles("cart", TrafficGraph([CALL]), inventory)) is held


@pytest.mark.parametrize(("hosts", "held"), [("[./*]", True), ("['*/*']", False), ("[./*, cart/*]", False)])
def test_a_sidecar_that_hides_the_namespace_holds_strict_back(
    snapshot_of: Callable[..., Snapshot], hosts: str, held: bool
) -> None:
    sidecar = (
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: shop}\n"
        f"spec: {{egress: [{{hosts: {hosts}}}]}}\n"
    )
    inventory = snapshot_of(SERVICE, sidecar).inventory
    assert bool(obstacles("cart", TrafficGraph([CALL]), inventory)) is held


def test_a_call_from_an_init_container_stays_plaintext_beside_a_classic_sidecar(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    snapshot = snapshot_of(deployment("shop", name="web"))
    early = dataclasses.replace(CALL.evidence[0], field="spec.template.spec.initContainers[0].args[0]")
    call = dataclasses.replace(CALL, evidence=(early,))
    known, inventory = joined({"cart": 1, "shop": 2}, CLASSES), snapshot.inventory
    for version, exceptions in (("1.30", 1), ("1.33", 0)):
        facts = gather(snapshot, Settings(kubernetes_version=version))
        plaintext = Plaintext(inventory, facts, Membership(inventory, facts), known)
        ready = closing.strict("cart", TrafficGraph([call]), plaintext, inventory)
        assert len(ready.exceptions) == exceptions
        assert ready.phase == (1 if exceptions else 2)
