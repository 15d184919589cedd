from __future__ import annotations

from collections.abc import Callable, Iterable

from planner.graph.traffic import TrafficGraph
from planner.model.flow import BlindSpot, Flow
from planner.model.plan import Classed, NamespaceClass
from planner.model.readiness import Readiness
from planner.model.snapshot import Snapshot
from planner.plan import closing
from planner.plan.egress_readiness import Egress
from planner.plan.facts import gather
from planner.plan.joined import joined
from planner.plan.membership import Membership
from planner.plan.plaintext import Plaintext
from planner.settings import Settings
from tests.builders import flow, ref
from tests.unit.plan.test_classes import deployment

CLASSES = (
    Classed("shop", NamespaceClass.APPLICATION, ()),
    Classed("cart", NamespaceClass.APPLICATION, ()),
    Classed("front", NamespaceClass.EDGE, ()),
    Classed("ops", NamespaceClass.PLATFORM, ()),
)
KNOWN = joined({"cart": 1, "shop": 3}, CLASSES)


def strict_of_cart(
    snapshot: Snapshot, flows: Iterable[Flow], blind: Iterable[BlindSpot] = (), **settings: object
) -> Readiness:
    graph = TrafficGraph(flows, blind)
    return closing.strict("cart", graph, plaintext_of(snapshot, **settings), snapshot.inventory)


def plaintext_of(snapshot: Snapshot, **settings: object) -> Plaintext:
    facts = gather(snapshot, Settings(**settings))  # type: ignore[arg-type]
    return Plaintext(snapshot.inventory, facts, Membership(snapshot.inventory, facts), KNOWN)


def closed_cart(
    snapshot: Snapshot, flows: Iterable[Flow], blind: Iterable[BlindSpot] = (), **settings: object
) -> Readiness:
    graph, facts = TrafficGraph(flows, blind), gather(snapshot, Settings(**settings))  # type: ignore[arg-type]
    egress = Egress(graph, plaintext_of(snapshot, **settings), snapshot.inventory, facts)
    return closing.registry_only("cart", graph, egress, 4)


def test_strict_waits_for_the_phase_of_the_last_caller(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(deployment("shop", name="web"))
    assert strict_of_cart(snapshot, [flow("shop/web", "cart/cart")]).phase == 3
    assert strict_of_cart(snapshot, []).phase == 1


def test_an_ingress_controller_outside_holds_strict_back(snapshot_of: Callable[..., Snapshot]) -> None:
    through = flow("external:client", "cart/cart", obj="Ingress cart/cart")
    ready = strict_of_cart(snapshot_of(deployment()), [through])
    assert ready.phase is None
    assert "front" in ready.blockers[0]


def test_clients_that_come_directly_hold_strict_back(snapshot_of: Callable[..., Snapshot]) -> None:
    direct = flow("external:client", "cart/cart", obj="Service cart/cart")
    ready = strict_of_cart(snapshot_of(deployment()), [direct])
    assert ready.phase is None
    assert "directly" in ready.blockers[0]


def test_callers_that_never_join_are_named_exceptions(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(
        deployment("shop", name="node", extra="hostNetwork: true"), deployment("ops", name="prometheus")
    )
    flows = [
        flow("shop/node", "cart/cart", 81),
        flow("ops/prometheus", "cart/cart", 9090, reader="scraping"),
        flow("cluster:kube-apiserver", "cart/cart", 443, reader="webhooks"),
        flow("cluster:kubelet", "cart/cart", 8080, reader="probes"),
    ]
    ready = strict_of_cart(snapshot, flows)
    assert ready.phase == 1
    assert [text.split(":")[0] for text in ready.exceptions] == [
        "cart/cart port 443",
        "cart/cart port 81",
        "cart/cart port 9090",
    ]


def test_a_job_is_an_exception_only_beside_a_classic_sidecar(snapshot_of: Callable[..., Snapshot]) -> None:
    job = deployment("shop", name="job", kind="Job").replace("apps/v1", "batch/v1")
    snapshot = snapshot_of(job)
    call = flow("shop/job", "cart/cart")
    call = Flow(ref("shop/job", "Job"), *(getattr(call, name) for name in list(call.__dataclass_fields__)[1:]))
    assert strict_of_cart(snapshot, [call], kubernetes_version="1.33").phase == 3
    classic = strict_of_cart(snapshot, [call], kubernetes_version="1.30")
    assert classic.phase == 1
    assert len(classic.exceptions) == 1


def test_weak_hints_hold_nothing_back_and_blind_spots_are_named(snapshot_of: Callable[..., Snapshot]) -> None:
    blind = [BlindSpot(ref("ops/thing"), "no address"), BlindSpot(ref("shop/web"), "no address")]
    ready = strict_of_cart(snapshot_of(deployment()), [flow("front/x", "cart/cart", confidence=0.3)], blind)
    assert ready.phase == 1
    assert ready.blind == ("ops/thing", "shop/web"), "shop joins in phase 3, after cart has become STRICT"
    [row] = [row for row in ready.ports if row.workload == "cart/cart"]
    assert [(caller.caller, caller.certain, caller.holds) for caller in row.callers] == [("front/x", False, False)]


def test_egress_is_closed_only_where_every_host_is_known(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(deployment("cart", name="cart"))
    out = flow("cart/cart", "external:api.pay.net", 443)
    assert closed_cart(snapshot, [out]).phase == 4
    blind = closed_cart(snapshot, [out], [BlindSpot(ref("cart/cart"), "no address")])
    assert blind.phase is None
    assert "unknown" in blind.blockers[0]
