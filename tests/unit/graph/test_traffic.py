from __future__ import annotations

from planner.graph.traffic import TrafficGraph
from planner.model.refs import Ref
from tests.builders import flow

WEB_CART = flow("shop/web", "cart/cart")
CART_DB = flow("cart/cart", "data/db", 5432)
DB_SHOP = flow("data/worker", "shop/web")
SCRAPE = flow("monitoring/prometheus", "cart/cart", 9090, reader="scraping")
PROBE = flow("cluster:kubelet", "cart/cart", 8080, reader="probes")


def test_calls_between_namespaces_leave_out_machinery() -> None:
    graph = TrafficGraph([WEB_CART, CART_DB, SCRAPE, PROBE])
    assert set(graph.between_namespaces) == {("shop", "cart"), ("cart", "data")}
    assert graph.callers_of("cart") == ("shop",)
    assert graph.callees_of("cart") == ("data",)


def test_calls_reach_a_workload_through_its_services() -> None:
    graph = TrafficGraph([WEB_CART])
    assert graph.calls_to(Ref("cart", "cart", "Deployment")) == (WEB_CART,)
    assert graph.calls_to(Ref("cart", "cart", "Service")) == (WEB_CART,)
    assert graph.calls_to(Ref("cart", "other", "Service")) == ()


def test_the_frontier_is_what_crosses_the_edge_either_way() -> None:
    graph = TrafficGraph([WEB_CART, CART_DB, SCRAPE])
    assert graph.frontier({"cart"}) == (CART_DB, WEB_CART)
    assert graph.frontier({"cart", "shop", "data"}) == ()


def test_cycles_are_found_among_the_namespaces_asked_for() -> None:
    graph = TrafficGraph([WEB_CART, CART_DB, DB_SHOP])
    assert graph.cycles({"shop", "cart", "data"}) == (("cart", "data", "shop"),)
    assert graph.cycles({"shop", "cart"}) == ()


def test_hosts_outside_are_listed_with_their_callers() -> None:
    out = flow("shop/web", "external:api.pay.net", 443)
    assert TrafficGraph([out, WEB_CART]).egress_hosts() == {"api.pay.net": (out,)}


def test_the_order_of_input_changes_nothing() -> None:
    flows = [WEB_CART, CART_DB, SCRAPE, PROBE]
    assert TrafficGraph(flows).flows == TrafficGraph(reversed(flows)).flows


def test_waves_of_one_namespace_have_a_frontier_between_them() -> None:
    graph = TrafficGraph([flow("shop/web", "shop/cart"), flow("shop/cart", "shop/db")])
    web, cart = Ref("shop", "web", "Deployment"), Ref("shop", "cart", "Deployment")
    assert [f.id for f in graph.frontier((), {cart})] == ["shop/cart -> shop/db:80", "shop/web -> shop/cart:80"]
    assert [f.id for f in graph.frontier((), {cart, web})] == ["shop/cart -> shop/db:80"]
    assert graph.frontier({"shop"}, {cart}) == ()


def test_depth_counts_the_calls_below_and_a_circle_shares_one() -> None:
    flows = [flow("s/a", "s/b"), flow("s/b", "s/c"), flow("s/c", "s/b"), flow("s/c", "s/d")]
    refs = {name: Ref("s", name, "Deployment") for name in "abcd"}
    depth = TrafficGraph(flows).depth(refs.values())
    assert {name: depth[ref] for name, ref in refs.items()} == {"a": 2, "b": 1, "c": 1, "d": 0}
