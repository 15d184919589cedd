import pytest

from planner.model.finding import Before, Finding, Outcome, Severity
from planner.model.refs import Ref
from planner.plan.host_rewrites import host_rewrites, rewriters
from tests.unit.bundle.worlds import World, created, deployment, namespace, obj, plan_of, service

FULL = "cart.shop.svc.cluster.local"


def _finding(host: str = "shop.example.com", to: str = "shop/cart:80", proxy: str = "edge") -> Finding:
    subject = Ref("front", proxy, "Deployment")
    detail = f"host={host};to={to}"
    return Finding(
        "MP1", "proxy-rewrites-host", subject, Outcome.BLOCKED, Severity.HIGH, 1.0, "m", (), "f.", Before.ANY, detail
    )


def _world(*findings, ports=({"port": 80, "name": "http"},), objects=(), phases=(("shop",), ("front",))):
    base = (namespace("shop"), namespace("front"), deployment("cart"), deployment("edge", namespace="front"),
            service("cart", *ports), service("other", {"port": 80, "name": "http"}))  # fmt: skip
    return World((*base, *objects), plan_of(*phases), (), findings)


def test_the_rewrites_are_read_off_the_findings():
    (item,) = host_rewrites((_finding(),))
    assert (item.host, item.target, item.port) == ("shop.example.com", Ref("shop", "cart", "Service"), 80)
    assert rewriters((_finding(),)) == {Ref("front", "edge", "Deployment")}


def test_both_hosts_and_a_rule_without_a_match_once_both_are_in():
    world = _world(_finding())
    assert world.step(1, "50-routes") is None
    (item,) = created(world.step(2, "50-routes"), "VirtualService")
    assert item.ref.namespace == "shop"
    assert item.body["spec"] == {
        "hosts": [FULL, "shop.example.com"],
        "exportTo": [".", "front"],
        "http": [{"route": [{"destination": {"host": FULL, "port": {"number": 80}}}]}],
    }


def test_other_ports_stay_where_they_are():
    ports = ({"port": 80, "name": "http"}, {"port": 9090, "name": "http-admin"})
    (item,) = created(_world(_finding(), ports=ports).step(2, "50-routes"), "VirtualService")
    rules = item.body["spec"]["http"]
    assert rules[0]["match"] == [{"port": 9090}] and rules[0]["route"][0]["destination"]["port"]["number"] == 9090
    assert "match" not in rules[-1] and rules[-1]["route"][0]["destination"]["port"]["number"] == 80


@pytest.mark.parametrize("ports", [({"port": 80, "name": "web"},), ({"port": 80, "name": "tcp"},)])
def test_none_where_the_address_decides(ports):
    assert _world(_finding(), ports=ports).step(2, "50-routes") is None


@pytest.mark.parametrize("host", ["cart.shop", FULL, "cart.shop.svc"])
def test_none_where_the_host_is_the_services_own(host):
    assert _world(_finding(host)).step(2, "50-routes") is None


@pytest.mark.parametrize("host", ["$host", "", "localhost", "*.example.com"])
def test_a_host_that_is_no_fixed_name_is_work_by_hand(host):
    step = _world(_finding(host)).step(2, "50-routes")
    assert step and not step.created and f"let it send {FULL}" in " ".join(step.manual)


def test_one_host_for_two_services_cannot_be_told_apart():
    step = _world(_finding(), _finding(to="shop/other:80")).step(2, "50-routes")
    assert step and not step.created and len(step.manual) == 2


def test_a_service_that_needs_no_host_does_not_count():
    quiet = service("quiet", {"port": 80, "name": "web"})
    step = _world(_finding(), _finding(to="shop/quiet:80"), objects=(quiet,)).step(2, "50-routes")
    assert len(created(step, "VirtualService")) == 1 and not step.manual


def test_an_existing_one_is_not_shadowed():
    existing = "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v}, spec: {hosts: [%s]}}"
    step = _world(_finding(), objects=(obj(existing % FULL),)).step(2, "50-routes")
    assert step and not step.created and "VirtualService shop/v" in " ".join(step.manual)


def test_a_proxy_that_never_joins_needs_none():
    assert _world(_finding(proxy="gone")).step(2, "50-routes") is None
