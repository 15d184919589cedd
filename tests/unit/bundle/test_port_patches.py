import pytest

from planner.model.bundle import PatchType
from planner.model.finding import Before, Finding, Outcome, Severity
from planner.model.refs import Ref
from planner.settings import DeclaredFlow, Settings
from tests.builders import flow
from tests.unit.bundle.worlds import DEFAULTS, World, deployment, messages, namespace, patch, plan_of, service


def _world(svc, pods=None, flows=(), settings=DEFAULTS, findings=()):
    objects = (namespace("shop"), pods or deployment("cart"), deployment("web"), svc)
    return World(objects, plan_of(("shop",)), flows, findings, settings)


def _rewrite(detail: str = "host=shop.example.com;to=shop/cart:80") -> Finding:
    proxy = Ref("shop", "web", "Deployment")
    return Finding(
        "MP1", "proxy-rewrites-host", proxy, Outcome.BLOCKED, Severity.HIGH, 1.0, "m", (), "f.", Before.ANY, detail
    )


TOLD = Settings(flows=(DeclaredFlow("shop/web", "shop/cart", 80, "grpc"),))
CALL = flow("shop/web", "shop/cart", 80)


def test_the_users_word_is_enough():
    item = patch(_world(service("cart", {"port": 80, "name": "api"}), settings=TOLD).step(0, "10-ports"), "cart")
    assert item.type is PatchType.STRATEGIC
    assert item.body == {"spec": {"ports": [{"port": 80, "protocol": "TCP", "appProtocol": "grpc"}]}}
    assert item.undo == {"spec": {"ports": [{"port": 80, "protocol": "TCP", "appProtocol": None}]}}
    assert item.before == (("spec.ports[port=80,protocol=TCP].appProtocol", "null"),)


def test_two_witnesses_are_enough_and_one_is_not():
    svc = service("cart", {"port": 9000, "name": "api"})
    call = flow("shop/web", "shop/cart", 9000)
    alone = _world(svc, flows=(call,))
    assert alone.step(0, "10-ports") is None and "only its callers: http says so" in messages(alone.bundles()[0])
    named = deployment("cart", pod={}, container_ports=(9000,))
    named.raw["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"] = "http"
    both = _world(svc, pods=named, flows=(call,))
    assert patch(both.step(0, "10-ports"), "cart").body["spec"]["ports"][0]["appProtocol"] == "http"


def test_a_word_read_off_the_port_name_is_one_witness():
    svc = service("cart", {"port": 9000, "name": "web-http"})
    world = _world(svc, flows=(flow("shop/web", "shop/cart", 9000, protocol="http"),))
    assert world.step(0, "10-ports") is None


def test_witnesses_that_disagree_leave_it_to_detection():
    world = _world(
        service("cart", {"port": 80, "name": "api"}), flows=(flow("shop/web", "shop/cart", 80, protocol="https"),)
    )
    assert world.step(0, "10-ports") is None and "witnesses disagree" in messages(world.bundles()[0])


@pytest.mark.parametrize("port", [{"port": 80, "name": "http"}, {"port": 80, "name": "x", "appProtocol": "HTTP"}])
def test_what_is_declared_right_is_left(port):
    world = _world(service("cart", port), flows=(CALL,))
    assert world.step(0, "10-ports") is None and not messages(world.bundles()[0])


def test_a_wrong_declaration_is_mended_and_restored():
    world = _world(service("cart", {"port": 80, "name": "http", "appProtocol": "tcp"}), flows=(CALL,))
    item = patch(world.step(0, "10-ports"), "cart")
    assert item.undo["spec"]["ports"][0]["appProtocol"] == "tcp" and "It replaces 'tcp'" in item.why


@pytest.mark.parametrize("detail", ["host=shop.example.com;to=shop/cart:80", "host=x.example.com;to=shop/cart", ""])
def test_not_http_while_a_caller_rewrites_host(detail):
    world = _world(service("cart", {"port": 80, "name": "api"}), flows=(CALL,), findings=(_rewrite(detail),))
    assert world.step(0, "10-ports") is None and "sends another Host" in messages(world.bundles()[0])


def test_a_rewrite_of_another_route_does_not_matter():
    other = _rewrite("host=shop.example.com;to=shop/other:80")
    assert _world(service("cart", {"port": 80, "name": "api"}), flows=(CALL,), findings=(other,)).step(0, "10-ports")


def test_not_http_on_a_headless_service():
    world = _world(service("cart", {"port": 80, "name": "api"}, clusterIP="None"), flows=(CALL,))
    assert world.step(0, "10-ports") is None and "headless" in messages(world.bundles()[0])


@pytest.mark.parametrize(("number", "patched"), [(3307, True), (3306, False)])
def test_server_first_on_a_port_left_to_detection(number, patched):
    world = _world(service("cart", {"port": number, "name": "db"}), deployment("cart", image="mysql:8"))
    step = world.step(0, "10-ports")
    assert bool(step) is patched
    if step:
        assert patch(step, "cart").body["spec"]["ports"][0]["appProtocol"] == "tcp"


def test_one_number_on_tcp_and_udp_goes_by_position():
    ports = ({"port": 80, "protocol": "UDP", "name": "u"}, {"port": 80, "name": "api"})
    item = patch(_world(service("cart", *ports), flows=(CALL,)).step(0, "10-ports"), "cart")
    assert item.type is PatchType.JSON
    assert item.body == [
        {"op": "test", "path": "/spec/ports/1/port", "value": 80},
        {"op": "test", "path": "/spec/ports/1/protocol", "value": "TCP"},
        {"op": "add", "path": "/spec/ports/1/appProtocol", "value": "http"},
    ]
    assert item.undo[-1] == {"op": "remove", "path": "/spec/ports/1/appProtocol"}


def test_services_outside_the_plan_are_left():
    objects = (namespace("shop"), deployment("web"), service("cart", {"port": 80, "name": "api"}, namespace="ops"))
    world = World(objects, plan_of(("shop",)), (flow("shop/web", "ops/cart", 80),))
    assert world.step(0, "10-ports") is None


def test_an_old_mesh_does_not_read_it():
    old = Settings(istio_version="1.5", flows=TOLD.flows)
    world = _world(service("cart", {"port": 80, "name": "api"}), settings=old)
    assert world.step(0, "10-ports") is None


@pytest.mark.parametrize("already", ["shop", "pay"])
def test_not_where_a_proxy_would_act_on_it_at_once(already):
    svc = service("cart", {"port": 80, "name": "api"})
    objects = (namespace("shop"), deployment("cart"), deployment("web", namespace="pay"), svc)
    told = Settings(flows=(DeclaredFlow("pay/web", "shop/cart", 80, "http"),))
    call = (flow("pay/web", "shop/cart", 80),)
    joins = "pay" if already == "shop" else "shop"
    world = World(objects, plan_of((joins,), already=(already,)), call, settings=told)
    assert world.step(0, "10-ports") is None
    assert f"{already} is in the mesh already, so proxies there would route by Host" in messages(world.bundles()[0])
    assert World(objects, plan_of(("shop", "pay")), call, settings=told).step(0, "10-ports")
