from __future__ import annotations

from planner.model.plan import RepairKind
from planner.pipeline.run import Run, played_back
from tests.unit.simulate.conftest import Play, app, life

WEB, CART = app("web", "http://cart.cart"), app("cart")
CALL = "web/web -> cart/cart:80"
ORDER = {"maxNamespacesPerPhase": 1, "pins": [{"namespace": "cart", "phase": 1}, {"namespace": "web", "phase": 2}]}
FIRST_WEB = {"maxNamespacesPerPhase": 1, "pins": [{"namespace": "web", "phase": 1}, {"namespace": "cart", "phase": 2}]}


def at(run: Run, flow: str, phase: int, step: str) -> str:
    moment = next(m for m in run.simulation.moments if (m.phase, m.step) == (phase, step))
    return run.simulation.at(flow, moment.number).verdict


def test_a_call_becomes_mtls_when_the_last_pod_of_both_sides_is_new(play: Play) -> None:
    run = play(WEB, CART, plan=ORDER)
    assert set(life(run, CALL)) == {"plaintext", "mtls"}
    assert at(run, CALL, 2, "20-label") == "plaintext", "pods that run are not injected by a label"
    assert at(run, CALL, 2, "30-canary") == "mtls"
    assert at(run, CALL, 2, "60-strict") == "mtls"
    assert run.plan.repairs == ()


def test_the_way_back_ends_where_the_way_forth_began(play: Play) -> None:
    run = play(WEB, CART, plan=ORDER)
    simulation = played_back(run)
    last = simulation.moments[-1]
    assert last.back
    assert {flow: simulation.at(flow, last.number) for flow in simulation.lives} == {
        flow: simulation.at(flow, 0) for flow in simulation.lives
    }


FORCED = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: force, namespace: web}
spec:
  host: "*.local"
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, connectionPool: {tcp: {maxConnections: 9}}}
"""


def test_a_rule_that_forces_mtls_is_relaxed_before_its_first_caller_joins(play: Play) -> None:
    run = play(WEB, CART, FORCED, plan=FIRST_WEB)
    (repair,) = run.plan.repairs
    assert (repair.kind, repair.subject.text, repair.phase) == (RepairKind.RELAX_RULE, "web/force", 1)
    guard = next(step for step in run.bundles[1].steps if step.name == "10-guard")
    (patch,) = (patch for patch in guard.patches if patch.ref.kind == "DestinationRule")
    assert patch.body == {"spec": {"trafficPolicy": {"tls": None}}}
    assert patch.undo == {"spec": {"trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}}
    assert "broken" not in life(run, CALL)


def test_a_rule_that_harms_nobody_is_left_alone(play: Play) -> None:
    run = play(WEB, FORCED.replace("*.local", "elsewhere.web.svc.cluster.local"), CART, plan=FIRST_WEB)
    assert run.plan.repairs == ()


REDIS = app("cache", port="{name: http-redis, port: 6379}", image="redis:7")
STORE = app("web", "redis://cache.cache:6379")
TO_STORE = "web/web -> cache/cache:6379"


def test_what_nothing_helps_against_waits_for_a_person(play: Play) -> None:
    run = play(STORE, REDIS, plan={"maxNamespacesPerPhase": 1})
    (repair,) = run.plan.repairs
    assert repair.kind is RepairKind.GATE
    assert repair.flows == (TO_STORE,)
    gates = [gate for phase in run.plan.phases for gate in phase.gates if TO_STORE in gate.text]
    assert len(gates) == 1
    assert "declared HTTP" in gates[0].text


def test_what_the_user_accepts_waits_for_nobody(play: Play) -> None:
    run = play(STORE, REDIS, plan={"maxNamespacesPerPhase": 1, "accept": [TO_STORE]})
    assert [repair.kind for repair in run.plan.repairs] == [RepairKind.ACCEPTED]
    assert not any(TO_STORE in gate.text for phase in run.plan.phases for gate in phase.gates)


POLICY = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: only-web, namespace: cart}
spec: {rules: [{from: [{source: {namespaces: [web]}}]}]}
"""


def test_a_policy_by_identity_shuts_out_callers_that_have_none_yet(play: Play) -> None:
    run = play(WEB, CART, POLICY, plan=ORDER)
    assert at(run, CALL, 1, "30-canary") == "broken"
    assert [repair.kind for repair in run.plan.repairs] == [RepairKind.GATE]
    assert life(play(WEB, CART, POLICY, plan=FIRST_WEB), CALL)[-1] == "mtls"


INIT = """
      initContainers:
      - {name: wait, image: busybox, command: [sh, -c, "wget http://cart.cart/ready"]}"""


def test_an_init_container_calls_before_a_classic_sidecar_runs(play: Play) -> None:
    early = app("web", extra=f"hostNetwork: false{INIT}")
    words = {"istio": {"nativeSidecars": False, "cni": True}}
    run = play(early, CART, plan=FIRST_WEB, **words)
    assert "broken" in life(run, CALL)
    assert run.plan.repairs[0].kind is RepairKind.GATE
    assert "broken" not in life(play(early, CART, plan=FIRST_WEB, istio={"nativeSidecars": True}), CALL)


def test_the_api_server_stays_reachable_beside_an_http_port_443(play: Play) -> None:
    robot = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: default, namespace: web}]
"""
    run = play(WEB, app("cart", port="{name: http, port: 443}"), robot, plan=ORDER)
    assert set(life(run, "web/web -> cluster:kube-apiserver:443")) == {"tls"}


def test_hosts_outside_get_their_entries_before_egress_is_closed(play: Play) -> None:
    run = play(app("web", "https://api.pay.net"), outboundTrafficPolicy="REGISTRY_ONLY")
    assert set(life(run, "web/web -> external:api.pay.net:443")) == {"tls"}
