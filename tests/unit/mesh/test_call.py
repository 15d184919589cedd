from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.mesh.call import Call, CallOutcome, judge
from planner.mesh.peers import MeshSettings, Peer, Proxy
from planner.mesh.spoken import Carrier
from planner.mesh.versions import Version
from planner.mesh.view import KINDS, MeshView
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.services import Service

TABLE = Path(__file__).parents[4] / "shared" / "reference" / "mtls-truth-table.csv"
HERE = "cart"


def service(name: str = "cart", ports: str = "{name: http, port: 80}", head: str = "clusterIP: 10.0.0.1") -> Service:
    text = f"""
        apiVersion: v1
        kind: Service
        metadata: {{name: {name}, namespace: {HERE}}}
        spec: {{selector: {{app: {name}}}, ports: [{ports}], {head}}}
    """
    raw = yaml.safe_load(text)
    return Service(KubeObject(Ref(HERE, name, "Service"), "v1", raw))


def peer(name: str, proxy: Proxy, namespace: str = HERE, **annotations: str) -> Peer:
    return Peer(Ref(namespace, f"{name}-{proxy.value}", "Deployment"), {"app": name}, proxy, annotations)


def view(
    services: Iterable[Service], pods: Iterable[Peer], objects: str = "", *, istio: str = "1.31", **settings: Any
) -> MeshView:
    """Build the mesh out of Services, pods and YAML documents."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for raw in yaml.safe_load_all(objects):
        if raw:
            raw["metadata"].setdefault("namespace", HERE)
            found[raw["kind"]].append(raw)
    every = tuple(pods)
    return MeshView(
        MeshSettings(Version.parse(istio), **settings),
        services,
        lambda item: tuple(pod for pod in every if item.selects(pod.labels)),
        found,
    )


def policy(mode: str, name: str = "default", extra: str = "") -> str:
    return f"---\nkind: PeerAuthentication\nmetadata: {{name: {name}}}\nspec: {{mtls: {{mode: {mode}}}{extra}}}\n"


def rule(tls: str, host: str = "cart.cart.svc.cluster.local", namespace: str = HERE) -> str:
    body = f"{{name: r, namespace: {namespace}}}\nspec: {{host: '{host}', trafficPolicy: {{tls: {tls}}}}}"
    return f"---\nkind: DestinationRule\nmetadata: {body}\n"


CALLERS = {
    "sidecar": Proxy.SIDECAR, "gateway": Proxy.GATEWAY, "sidecar_passthrough": Proxy.SIDECAR,
    "none": Proxy.NONE, "none_tls": Proxy.NONE, "ambient": Proxy.ZTUNNEL,
}  # fmt: skip
CALLEES = {
    "sidecar": (Proxy.SIDECAR,), "sidecar_no_hbone": (Proxy.OLD_SIDECAR,), "none": (Proxy.NONE,),
    "mixed_clusterip": (Proxy.SIDECAR, Proxy.NONE), "mixed_headless": (Proxy.SIDECAR, Proxy.NONE),
    "ambient": (Proxy.ZTUNNEL,),
}  # fmt: skip


def _rows() -> list[dict[str, str]]:
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["callee"] in CALLEES]


def _judged(row: dict[str, str], port: str) -> CallOutcome:
    """Judge a row of the truth table in a world that is made for it."""
    pods = tuple(peer("cart", proxy) for proxy in CALLEES[row["callee"]])
    head = "clusterIP: None" if row["callee"] == "mixed_headless" else "clusterIP: 10.0.0.1"
    target = service(ports=f"{{name: {port}, port: 80}}", head=head)
    tls = row["destination_rule_tls"]
    objects = policy(row["callee_peer_auth"]) + (rule(f"{{mode: {tls}}}") if tls != "unset" else "")
    past = row["caller"] == "sidecar_passthrough"
    call = Call(
        caller=peer("web", CALLERS[row["caller"]], "web"),
        port=80,
        service=None if past else target,
        pods=pods,
        direct=past,
        speaks=Carrier.TLS if row["caller"] == "none_tls" else None,
    )
    others = () if past else (target,)
    return judge(call, view(others, pods, objects))


@pytest.mark.skipif(not TABLE.exists(), reason="the truth table is not beside this checkout")
@pytest.mark.parametrize(
    "row",
    _rows(),
    ids=lambda r: "-".join((r["caller"], r["callee"], r["callee_peer_auth"], r["destination_rule_tls"])),
)
def test_every_row_of_the_truth_table_in_a_world_of_its_own(row: dict[str, str]) -> None:
    # A port that nothing says of leaves the row's condition open; declared ports decide it.
    found = _judged(row, "tcp")
    if row["outcome"] != "conditional":
        assert (found.outcome, found.encrypted) == (row["outcome"], row["encrypted"])
        return
    assert found.outcome in ("conditional", "ok", "fail")
    if found.outcome == "conditional":
        assert found.missing
        assert found.encrypted == row["encrypted"]
    else:
        # Only what the world says more than the row may have decided it: the port, and that the app serves TLS.
        assert row["caller"] == "none_tls" or "declared" in row["note"] or "serve" in row["note"]


def _web(**annotations: str) -> Peer:
    return peer("web", Proxy.SIDECAR, "web", **annotations)


IN = (peer("cart", Proxy.SIDECAR),)
OUT = (peer("cart", Proxy.NONE),)


def ask(
    ports: str = "{name: http, port: 80}",
    objects: str = "",
    pods: tuple[Peer, ...] = IN,
    more: tuple[Service, ...] = (),
    istio: str = "1.31",
    settings: dict[str, Any] | None = None,
    head: str = "clusterIP: 10.0.0.1",
    **call: Any,
) -> CallOutcome:
    target = service(ports=ports, head=head)
    given = {"caller": _web(), "port": 80, "service": target, "pods": pods, "speaks": Carrier.HTTP} | call
    return judge(Call(**given), view((target, *more), pods, objects, istio=istio, **(settings or {})))


CLOSED = {"registry_only": True}
ELSEWHERE = {"service": None, "pods": (), "external": "api.pay.net", "port": 443, "speaks": Carrier.TLS}


def entry(host: str, port: int, protocol: str, more: str = "") -> str:
    ports = f"[{{number: {port}, name: p, protocol: {protocol}}}]"
    spec = f"{{hosts: ['{host}'], ports: {ports}, location: MESH_EXTERNAL, resolution: DNS{more}}}"
    return f"---\nkind: ServiceEntry\nmetadata: {{name: e, namespace: web}}\nspec: {spec}\n"


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        # Hosts outside, by policy and entry.
        (("ok", "tls", "passthrough"), ELSEWHERE),
        (("fail", "na", "registry-only"), {**ELSEWHERE, "settings": CLOSED}),
        (("ok", "tls", "external"), {**ELSEWHERE, "settings": CLOSED, "objects": entry("api.pay.net", 443, "TLS")}),
        (("ok", "tls", "external"), {**ELSEWHERE, "settings": CLOSED, "objects": entry("*.pay.net", 443, "TLS")}),
        (("fail", "na", "registry-only"), {**ELSEWHERE, "settings": CLOSED, "objects": entry("a.net", 443, "TLS")}),
        (("fail", "na", "registry-only"), {**ELSEWHERE, "settings": CLOSED, "objects": entry("*.net", 80, "TLS")}),
        (("ok", "tls", "passthrough"), {**ELSEWHERE, "objects": entry("api.pay.net", 443, "HTTP")}),
        (
            ("fail", "na", "registry-only"),
            {**ELSEWHERE, "settings": CLOSED, "objects": entry("api.pay.net", 443, "TLS", ", exportTo: ['other']")},
        ),
        # An HTTP Service with the same port number listens on every address, and lets through what is not HTTP.
        (("ok", "tls", "passthrough"), {**ELSEWHERE, "port": 80}),
        (("fail", "na", "registry-only"), {**ELSEWHERE, "port": 80, "settings": CLOSED}),
        # Host headers on a port that is declared HTTP, and on one that is not.
        (("ok", "no", "passthrough"), {"host": "www.shop.com"}),
        (("fail", "na", "strict-plaintext"), {"host": "www.shop.com", "objects": policy("STRICT")}),
        (("ok", "mtls", "auto-mtls"), {"host": "www.shop.com", "ports": "{name: web, port: 80}"}),
        (("ok", "mtls", "auto-mtls"), {"host": "cart.cart"}),
        (("fail", "na", "registry-only"), {"host": "www.shop.com", "settings": CLOSED}),
        # What the bytes are.
        (("fail", "na", "foreign-tls-on-http-port"), {"speaks": Carrier.TLS}),
        (("ok", "tls", "passthrough"), {"speaks": Carrier.TLS, "pods": OUT}),
        (("fail", "na", "not-http-on-http-port"), {"speaks": Carrier.TCP}),
        (("ok", "no", "passthrough"), {"speaks": Carrier.TCP, "pods": OUT}),
        (("fail", "na", "registry-only"), {"speaks": Carrier.TCP, "pods": OUT, "settings": CLOSED}),
        (("fail", "na", "http2-on-http1-port"), {"speaks": Carrier.GRPC}),
        (("ok", "mtls", "auto-mtls"), {"speaks": Carrier.GRPC, "ports": "{name: grpc, port: 80}"}),
        (("ok", "mtls", "auto-mtls"), {"speaks": Carrier.TLS, "ports": "{name: https, port: 80}"}),
        # Servers that speak first.
        (("fail", "na", "server-first-waits"), {"server_first": True, "speaks": None, "ports": "{name: x, port: 80}"}),
        (("ok", "mtls", "auto-mtls"), {"server_first": True, "speaks": None, "ports": "{name: tcp, port: 80}"}),
        (
            ("fail", "na", "server-first-waits"),
            {"server_first": True, "speaks": None, "ports": "{name: tcp, port: 80}", "caller": None},
        ),
        (
            ("ok", "no", "no-client-proxy"),
            {
                "server_first": True, "speaks": None, "ports": "{name: tcp, port: 80}", "caller": None,
                "objects": policy("DISABLE"),
            },
        ),
        # Ports that a proxy leaves out.
        (("fail", "na", "mtls-to-application"), {"pods": (peer("cart", Proxy.SIDECAR, **{
            "traffic.sidecar.istio.io/excludeInboundPorts": "80"}),)}),
        (("ok", "no", "no-client-proxy"), {"caller": None, "objects": policy("STRICT"), "pods": (
            peer("cart", Proxy.SIDECAR, **{"traffic.sidecar.istio.io/excludeInboundPorts": "80"}),)}),
        (("fail", "na", "strict-plaintext"), {"objects": policy("STRICT"), "caller": _web(**{
            "traffic.sidecar.istio.io/excludeOutboundPorts": "80"})}),
        # DestinationRules: whose wins, and how it is written.
        (("ok", "no", "forced-plaintext"), {"objects": rule("{}")}),
        (("ok", "no", "forced-plaintext"), {"objects": rule("{mode: DISABLE}", "*.local", "web")}),
        (("ok", "mtls", "auto-mtls"), {"objects": rule("{mode: DISABLE}", namespace="third")}),
        (("ok", "mtls", "auto-mtls"), {"objects": rule("{mode: DISABLE}", "*.svc.cluster.local")
            + rule("{mode: ISTIO_MUTUAL}").replace("tls: {mode: ISTIO_MUTUAL}", "connectionPool: {}")}),
        (("fail", "na", "mtls-to-application"), {"objects": rule("{mode: ISTIO_MUTUAL}"), "pods": OUT}),
        # PeerAuthentication: headless looks at the namespace only.
        (("fail", "na", "mtls-to-disabled"), {"head": "clusterIP: None", "ports": "{name: tcp, port: 80}",
            "speaks": None, "objects": policy("STRICT") + policy(
                "UNSET", "w", ", selector: {matchLabels: {app: cart}}, portLevelMtls: {80: {mode: DISABLE}}")}),
        (("ok", "no", "disable-seen"), {"objects": policy("STRICT") + policy(
            "UNSET", "w", ", selector: {matchLabels: {app: cart}}, portLevelMtls: {80: {mode: DISABLE}}")}),
        # A pod's own address.
        (("ok", "no", "passthrough"), {"direct": True, "service": None}),
        (("fail", "na", "strict-plaintext"), {"direct": True, "service": None, "objects": policy("STRICT")}),
        # Sidecar objects hide what they do not list.
        (("fail", "na", "strict-plaintext"), {"objects": policy("STRICT")
            + "---\nkind: Sidecar\nmetadata: {name: s, namespace: web}\nspec: {egress: [{hosts: ['./*']}]}\n"}),
        (("fail", "na", "registry-only"), {**ELSEWHERE, "objects":
            "---\nkind: Sidecar\nmetadata: {name: s, namespace: web}\nspec: {outboundTrafficPolicy: {}}\n"}),
    ],
)  # fmt: skip
def test_a_call(expected: tuple[str, str, str], given: dict[str, Any]) -> None:
    found = ask(**given)
    assert (found.outcome, found.encrypted, found.rule) == expected
    assert found.reason


def allow(rules: str, action: str = "ALLOW") -> str:
    spec = f"{{action: {action}, rules: [{rules}]}}"
    return f"---\nkind: AuthorizationPolicy\nmetadata: {{name: p}}\nspec: {spec}\n"


@pytest.mark.parametrize(
    ("rules", "caller", "outcome"),
    [
        (allow("{from: [{source: {namespaces: [web]}}]}"), Proxy.SIDECAR, "ok"),
        (allow("{from: [{source: {namespaces: [web]}}]}"), Proxy.NONE, "fail"),
        (allow("{from: [{source: {namespaces: [other]}}]}"), Proxy.SIDECAR, "fail"),
        (allow("{from: [{source: {principals: ['*/ns/web/*']}}]}"), Proxy.SIDECAR, "fail"),
        (allow("{from: [{source: {principals: ['cluster.local/ns/web/*']}}]}"), Proxy.SIDECAR, "ok"),
        (allow(""), Proxy.SIDECAR, "fail"),
        (allow("{}", "DENY"), Proxy.SIDECAR, "fail"),
        (allow("{from: [{source: {notNamespaces: [web]}}]}", "DENY"), Proxy.NONE, "fail"),
        (allow("{to: [{operation: {paths: [/x]}}]}"), Proxy.SIDECAR, "conditional"),
        (allow("{to: [{operation: {ports: ['80']}}]}"), Proxy.NONE, "ok"),
        (allow("{to: [{operation: {ports: ['81']}}]}"), Proxy.SIDECAR, "fail"),
    ],
)
def test_authorization(rules: str, caller: Proxy, outcome: str) -> None:
    found = ask(objects=rules, caller=peer("web", caller, "web"))
    assert found.outcome == outcome
    assert (found.source == "AuthorizationPolicy cart/p") == (outcome != "ok")
    assert ask(objects=rules, pods=OUT).outcome == "ok", "nobody enforces it at a pod without a proxy"


def test_rules_that_a_call_is_under_are_named() -> None:
    routes = "---\nkind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [cart], http: [{route: []}]}\n"
    assert ask(objects=routes).guards == {"VirtualService cart/v"}
    assert ask(objects=routes, host="www.shop.com").guards == frozenset()
    assert ask(objects=allow("{}")).guards == {"AuthorizationPolicy cart/p"}


def test_a_host_that_a_virtual_service_names_beside_the_service_reaches_it() -> None:
    to = "http: [{route: [{destination: {host: cart}}]}]"
    routes = f"---\nkind: VirtualService\nmetadata: {{name: v}}\nspec: {{hosts: [cart, www.shop.com], {to}}}\n"
    found = ask(objects=routes + policy("STRICT"), host="www.shop.com")
    assert (found.outcome, found.encrypted) == ("ok", "mtls")
