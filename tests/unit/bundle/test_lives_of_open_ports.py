from planner.model.refs import Ref
from planner.settings import DeclaredFlow, Settings
from tests.builders import flow
from tests.unit.bundle.worlds import Unit, World, created, deployment, namespace, obj, patch, plan_of, service

MYSQL = {"image": "mysql:8.4", "container_ports": (3306,)}
BASE = (namespace("shop"), namespace("pay"), deployment("web"))
PA = "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: %s, namespace: pay}, spec: %s}"
RULE = "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: old, namespace: %s}, spec: %s}"
HOST = "db.pay.svc.cluster.local"


def _database(name: str = "db", labels: dict[str, str] | None = None):
    return deployment(name, namespace="pay", labels=labels or {"k8s-app": name}, **MYSQL)


def _headless(**spec):
    return service("db", {"port": 3306}, namespace="pay", clusterIP="None", **spec)


def _call(**kinds):
    pods = tuple(Ref("pay", name, "Deployment") for name in kinds.get("to", ("db",)))
    found = flow(kinds.get("source", "shop/web"), "pay/db", 3306, protocol="mysql")
    return type(found)(*(getattr(found, n) for n in list(found.__dataclass_fields__)[:8]), pods)


def test_two_workloads_behind_one_headless_service_share_one_rule():
    twin = {"k8s-app": "db", "twin": "yes"}
    objects = (*BASE, _database(), _database("db2", twin), _headless())
    world = World(objects, plan_of(("pay",), ("shop",), strict={"pay": 2}), (_call(to=("db", "db2")),))
    assert [item.ref.name for item in created(world.step(1, "10-guard"), "DestinationRule")] == ["plaintext-db"]
    ended = [p.ref.kind for p in world.step(2, "60-strict").patches]
    assert ended == ["PeerAuthentication", "PeerAuthentication", "DestinationRule", "PeerAuthentication"]


def test_a_headless_port_is_open_until_the_last_pod_behind_it_has_a_proxy():
    objects = (*BASE, _database(), _database("db2", {"k8s-app": "db", "twin": "yes"}), _headless())
    waves = (
        Unit("pay", ("Deployment/db",), wave=1, last=False),
        Unit("pay", ("Deployment/db2",), wave=2, last=True),
    )
    plan = plan_of(("shop",), (waves[0],), (waves[1],))
    world = World(objects, plan, (_call(to=("db", "db2")),))
    assert created(world.step(2, "10-guard"), "DestinationRule"), "its caller is in, but plaintext goes to all"
    assert world.step(2, "60-strict") is None
    assert patch(world.step(3, "60-strict"), "plaintext-db").body == {"spec": {"trafficPolicy": None}}


def test_a_rule_of_another_namespace_is_in_nobodys_way_unless_callers_follow_it():
    forced = f"{{host: {HOST}, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}}}"
    plan = plan_of(("pay",), ("shop",))
    for where, by_hand in (("far", False), ("shop", True)):
        world = World((*BASE, _database(), _headless(), obj(RULE % (where, forced))), plan, (_call(),))
        guard = world.step(1, "10-guard")
        assert created(guard, "DestinationRule")
        assert any("DestinationRule shop/old" in text for text in guard.manual) is by_hand


def test_a_workload_that_is_strict_by_itself_follows_its_namespace():
    spec = "{selector: {matchLabels: {k8s-app: db}}, mtls: {mode: STRICT}, portLevelMtls: {'9000': {mode: STRICT}}}"
    objects = (*BASE, _database(), service("db", {"port": 3306}, namespace="pay"), obj(PA % ("own", spec)))
    item = patch(World(objects, plan_of(("pay",))).step(1, "10-guard"), "own")
    assert item.body == {"spec": {"mtls": {"mode": "UNSET"}, "portLevelMtls": {"9000": {"mode": "UNSET"}}}}
    assert item.undo == {"spec": {"mtls": {"mode": "STRICT"}, "portLevelMtls": {"9000": {"mode": "STRICT"}}}}


def test_an_exception_at_somebodys_object_comes_before_a_namespace_is_made_strict():
    own = obj(PA % ("own", "{selector: {matchLabels: {k8s-app: api}}, mtls: {mode: PERMISSIVE}}"))
    api = (deployment("api", namespace="pay"), service("api", {"port": 80}, namespace="pay"), own)
    plan = plan_of(("shop",), already=("pay",), strict={"pay": 1})
    outside = flow("ops/agent", "pay/api", 80)
    world = World((*BASE, *api, namespace("ops"), deployment("agent", namespace="ops")), plan, (outside,))
    assert patch(world.step(1, "10-guard"), "own").body == {"spec": {"portLevelMtls": {"80": {"mode": "PERMISSIVE"}}}}
    assert [item.ref.name for item in created(world.step(1, "60-strict"), "PeerAuthentication")] == ["default"]
    alone = World((*BASE, *api, namespace("ops"), deployment("agent", namespace="ops")),
                  plan_of(already=("pay",), strict={"pay": 0}), (outside,))  # fmt: skip
    last = alone.step(1, "10-strict")
    assert not created(last, "PeerAuthentication")
    assert "once the patches of this step stand" in last.manual[0]


def _job(**status):
    raw = deployment("run", kind="Job").raw
    return obj({**raw, "apiVersion": "batch/v1", "kind": "Job", **status})


def test_a_job_that_may_still_run_is_waited_for_before_strict():
    api = (deployment("api", namespace="pay"), service("api", {"port": 80}, namespace="pay"))
    call = flow("shop/run", "pay/api", 80)
    call = type(call)(Ref("shop", "run", "Job"), *(getattr(call, n) for n in list(call.__dataclass_fields__)[1:]))
    plan, told = plan_of(("pay",), ("shop",), strict={"pay": 2}), Settings(native_sidecars=True)
    gates = World((*BASE, *api, _job()), plan, (call,), settings=told).bundles()[2].gates
    assert any("no run of Job shop/run" in gate.text and call.id in gate.text for gate in gates)
    over = _job(status={"conditions": [{"type": "Complete", "status": "True"}]})
    gates = World((*BASE, *api, over), plan, (call,), settings=told).bundles()[2].gates
    assert not any("no run of" in gate.text for gate in gates)


def test_a_port_at_which_the_server_speaks_first_is_declared_although_a_proxy_reads_it():
    told = Settings(flows=(DeclaredFlow("shop/web", "pay/db", 3307, "mysql"),))
    svc = service("db", {"port": 3307, "name": "db", "targetPort": 3306}, namespace="pay")
    world = World((*BASE, _database(), svc), plan_of(("pay",), already=("shop",)), (), settings=told)
    assert patch(world.step(0, "10-ports"), "db").body["spec"]["ports"][0]["appProtocol"] == "tcp"


def test_calls_to_pods_say_what_is_spoken_on_the_port_of_the_service():
    direct = flow("shop/web", "pay/db", 3306, protocol="smtp")
    direct = type(direct)(direct.source, Ref("pay", "db", "Deployment"), 3306, "smtp", "", direct.boundary, 0.9,
                          direct.evidence)  # fmt: skip
    plain = deployment("db", namespace="pay", container_ports=(3306,))
    svc = service("db", {"port": 587, "name": "odd", "targetPort": 3306}, namespace="pay")
    world = World((*BASE, plain, svc), plan_of(("pay",)), (direct,))
    assert patch(world.step(0, "10-ports"), "db").body["spec"]["ports"][0]["appProtocol"] == "tcp"
