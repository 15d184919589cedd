from __future__ import annotations

from collections.abc import Callable

from planner.graph.traffic import TrafficGraph
from planner.model.flow import Flow
from planner.model.readiness import PortReadiness
from planner.model.refs import EVERYTHING, Ref
from planner.model.snapshot import Snapshot
from planner.plan.strict_readiness import port_rows
from tests.builders import flow
from tests.unit.plan.test_classes import deployment
from tests.unit.plan.test_plaintext import CART, WEB, plaintext, service


def rows(snapshot: Snapshot, *flows: Flow) -> dict[tuple[str, int | None], PortReadiness]:
    found = port_rows("cart", TrafficGraph(flows), plaintext(snapshot), snapshot.inventory)
    return {(row.workload, row.port): row for row in found}


def test_every_port_of_a_service_has_a_row_by_the_number_that_the_container_listens_on(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    ports = "{port: 80, name: http, targetPort: 8080}, {port: 53, name: dns, protocol: UDP}"
    found = rows(snapshot_of(CART, WEB, service(port=ports)), flow("shop/web", "cart/cart"))
    assert {key: row.phase for key, row in found.items()} == {("cart/cart", 8080): 3, ("cart/cart", None): 1}
    [caller] = found["cart/cart", 8080].callers
    assert (caller.flow, caller.why, caller.until) == ("shop/web -> cart/cart:80", "not-yet", 3)


def test_the_last_caller_comes_first_and_one_that_stays_leaves_no_phase(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(CART, WEB, deployment("ops", name="agent"), service())
    row = rows(snapshot, flow("shop/web", "cart/cart"), flow("ops/agent", "cart/cart"))["cart/cart", 80]
    assert row.phase is None
    assert [caller.caller for caller in row.callers] == ["ops/agent", "shop/web"]


def test_probes_and_weak_hints_are_named_and_hold_no_port(snapshot_of: Callable[..., Snapshot]) -> None:
    weak = flow("ops/agent", "cart/cart", confidence=0.4)
    probe = flow("cluster:kubelet", "cart/cart", reader="probes")
    row = rows(snapshot_of(CART, service()), weak, probe)["cart/cart", 80]
    assert row.phase == 1
    named = {caller.caller: (caller.harmless, caller.certain) for caller in row.callers}
    assert named == {"cluster:kubelet": (True, True), "ops/agent": (False, False)}
    assert not any(caller.holds for caller in row.callers)


def test_a_scraper_of_everything_calls_all_other_ports(snapshot_of: Callable[..., Snapshot]) -> None:
    scrape = flow("ops/prom", "cart/cart", None, reader="scraping")
    everywhere = Flow(scrape.source, EVERYTHING, None, "http", "", scrape.boundary, 0.9, scrape.evidence)
    found = rows(snapshot_of(CART, service()), everywhere)
    assert [caller.why for caller in found["cart/cart", None].callers] == ["scraper"]
    assert found["cart/cart", None].phase is None
    assert found["cart/cart", 80].phase == 1


def test_a_server_that_speaks_first_is_marked(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(CART, WEB, service(port="{port: 3306}"))
    assert rows(snapshot, flow("shop/web", "cart/cart", 3306, protocol="mysql"))["cart/cart", 3306].server_first


def test_workloads_without_a_proxy_have_no_row_and_pods_of_an_operator_have(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    bare = deployment("cart", name="node", extra="hostNetwork: true")
    call = flow("shop/web", "cart/db", 5432)
    made = Flow(
        call.source, call.target, 5432, "postgres", "", call.boundary, 0.9, call.evidence, (Ref("cart", "db", "Made"),)
    )
    found = rows(snapshot_of(bare, WEB, service("db", "{port: 5432}")), made)
    assert set(found) == {("cart/db", 5432)}
    assert found["cart/db", 5432].phase == 3
