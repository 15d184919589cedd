from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from planner.graph.traffic import TrafficGraph
from planner.model.flow import Flow
from planner.model.readiness import EgressGap
from planner.model.refs import SERVICE, Ref, unknown
from planner.model.snapshot import Snapshot
from planner.plan.egress_readiness import Egress
from planner.plan.facts import gather
from planner.plan.host_rewrites import HostRewrite
from planner.settings import Settings
from tests.builders import flow, ref
from tests.unit.plan.test_classes import deployment
from tests.unit.plan.test_plaintext import CART, DIRECT, WEB, istio, plaintext, service

OUT = flow("shop/web", "external:api.pay.net", 443, protocol="https")


def gaps(snapshot: Snapshot, *flows: Flow, rewrites: Iterable[HostRewrite] = ()) -> tuple[EgressGap, ...]:
    known = plaintext(snapshot, rewrites)
    facts = gather(snapshot, Settings())
    return Egress(TrafficGraph(flows), known, snapshot.inventory, facts).gaps("shop")


def test_a_host_that_the_plan_gives_an_entry_is_no_gap(snapshot_of: Callable[..., Snapshot]) -> None:
    assert gaps(snapshot_of(WEB), OUT, flow("shop/web", "external:10.0.0.7", 9100)) == ()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (flow("shop/web", "external:db.pay.net", 9999, protocol="tcp"), "no-entry"),
        (flow("shop/web", "external:api.pay.net", None), "no-entry"),
        (DIRECT, "pod-address"),
        (Flow(OUT.source, unknown("nobody"), 80, "http", "", OUT.boundary, 0.9, OUT.evidence), "unresolved"),
    ],
)
def test_what_registry_only_would_refuse_is_named(snapshot_of: Callable[..., Snapshot], call: Flow, why: str) -> None:
    [gap] = gaps(snapshot_of(WEB, CART, service()), call)
    assert (gap.why, gap.flows, gap.certain) == (why, (call.id,), True)


def test_a_port_that_an_existing_entry_lacks_is_a_gap(snapshot_of: Callable[..., Snapshot]) -> None:
    entry = istio(
        "ServiceEntry",
        "shop",
        "{hosts: [api.pay.net], location: MESH_EXTERNAL, resolution: DNS, "
        "ports: [{number: 443, name: tls, protocol: TLS}]}",
    )
    snapshot = snapshot_of(WEB, entry)
    assert gaps(snapshot, OUT) == ()
    [gap] = gaps(snapshot, OUT, flow("shop/web", "external:api.pay.net", 8443, protocol="https"))
    assert (gap.why, gap.port) == ("port-not-in-entry", 8443)


def test_a_port_that_the_plans_own_entry_leaves_out_is_a_gap(snapshot_of: Callable[..., Snapshot]) -> None:
    [gap] = gaps(snapshot_of(WEB), OUT, flow("shop/web", "external:api.pay.net", 9000, protocol="tcp"))
    assert (gap.why, gap.port) == ("no-entry", 9000)


def test_hidden_services_and_foreign_hosts_are_gaps(snapshot_of: Callable[..., Snapshot]) -> None:
    hiding = istio("Sidecar", "shop", "{egress: [{hosts: ['./*']}]}")
    [hidden] = gaps(snapshot_of(WEB, CART, service(), hiding), flow("shop/web", "cart/cart"))
    assert hidden.why == "hidden-service"
    rewrite = HostRewrite(ref("shop/web"), "", Ref("cart", "cart", SERVICE), 80)
    [foreign] = gaps(snapshot_of(WEB, CART, service(), ""), flow("shop/web", "cart/cart"), rewrites=[rewrite])
    assert foreign.why == "foreign-host"


def test_weak_hints_are_named_as_such_and_callers_without_a_proxy_have_no_gap(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    weak = flow("shop/web", "external:api.pay.net", None, confidence=0.3)
    assert [gap.certain for gap in gaps(snapshot_of(WEB), weak)] == [False]
    bare = deployment("shop", name="node", extra="hostNetwork: true")
    assert gaps(snapshot_of(bare), flow("shop/node", "external:db.pay.net", 9999, protocol="tcp")) == ()
