"""Makes Istio's objects of a generated world, at every level, and in namespaces that count for a call or do not."""

from __future__ import annotations

from tests.mesh.gen_services import DOMAIN, NAMESPACES, ROOT, Builder, key_of
from tests.mesh.world import Raw, istio, target_number

MODES = ("STRICT", "PERMISSIVE", "DISABLE", "UNSET")
TLS = ("DISABLE", "ISTIO_MUTUAL", "SIMPLE", "MUTUAL", "")
"""TLS modes of a DestinationRule; the last stands for `tls` without a mode."""
HOSTS = ("api.example.com", "pay.example.com", "db.example.net", "*.example.org", "a.example.org", "www.example.com")
"""Hosts outside the cluster that an entry may name."""
PUBLIC_NAME = "www.shop.example"
"""Host that only VirtualServices know."""
PUBLIC = {host: f"198.51.100.{number + 10}" for number, host in enumerate(HOSTS)}
"""What public DNS says of them."""
PROTOCOLS = ("HTTP", "HTTP", "TLS", "HTTPS", "TCP", "", "HTTP2", "MySQL")


def make_rules(at: Builder) -> None:
    """Add PeerAuthentications, DestinationRules, ServiceEntries and Sidecars."""
    _peer_authentications(at)
    for service in at.services:
        if at.chance(0.45):
            _destination_rule(at, service, "ns")
    if at.chance(0.15):
        _rule(at, at.random.choice((*NAMESPACES, ROOT)), at.random.choice(("*.local", f"*.bank.{DOMAIN}")), None)
    for number in range(at.random.choice((0, 1, 2, 3))):
        _entry(at, f"entry{number}")
    for number, service in enumerate(at.services):
        if at.chance(0.12) and "ports" in service["spec"]:
            _virtual_service(at, f"routes{number}", service)
    for namespace in (*NAMESPACES[:2], *([ROOT] if at.chance(0.1) else [])):
        if at.chance(0.22):
            _sidecar(at, namespace)


def _peer_authentications(at: Builder) -> None:
    if at.chance(0.3):
        _peer(at, "default", ROOT, {"mtls": {"mode": at.random.choice(MODES)}})
    for namespace in NAMESPACES[:2]:
        if at.chance(0.45):
            _peer(at, "default", namespace, {"mtls": {"mode": at.random.choice(MODES)}})
            if at.chance(0.1):
                _peer(at, "younger", namespace, {"mtls": {"mode": at.random.choice(MODES)}})
    for service in at.services:
        pods = at.behind[key_of(service)]
        if not pods or "selector" not in service["spec"] or not at.chance(0.3):
            continue
        spec: Raw = {"selector": {"matchLabels": service["spec"]["selector"]}}
        if at.chance(0.7):
            spec["mtls"] = {"mode": at.random.choice(MODES)}
        if "mtls" not in spec or at.chance(0.5):
            numbers = [target_number(port, pods) for port in service["spec"]["ports"]]
            spec["portLevelMtls"] = {str(at.random.choice(numbers)): {"mode": at.random.choice(MODES)}}
        _peer(at, f"for-{service['metadata']['name']}", service["metadata"]["namespace"], spec)


def _peer(at: Builder, name: str, namespace: str, spec: Raw) -> None:
    at.add(istio("PeerAuthentication", at.named(name, namespace), spec))


def _destination_rule(at: Builder, service: Raw, kind: str) -> None:
    """Set TLS for one Service, from a namespace that may count for it or not."""
    name, own = service["metadata"]["name"], service["metadata"]["namespace"]
    namespace = at.random.choice((own, own, own, *NAMESPACES, ROOT))
    host = f"{name}.{own}.{DOMAIN}"
    if namespace == own and at.chance(0.3):
        host = name
    _rule(at, namespace, host, at.random.choice([p["port"] for p in service["spec"].get("ports", ())] or [80]))


def _rule(at: Builder, namespace: str, host: str, port: int | None) -> None:
    policy: Raw = {}
    form = at.random.choices(("top", "port", "both", "none", "subset"), (60, 14, 10, 10, 6))[0]
    if form in ("top", "both"):
        policy["tls"] = _tls(at)
    if form in ("port", "both"):
        settings: Raw = {"port": {"number": port or 80}, "loadBalancer": {"simple": "ROUND_ROBIN"}}
        if at.chance(0.7):
            settings["tls"] = _tls(at)
        policy["portLevelSettings"] = [settings]
    if form == "none":
        policy["loadBalancer"] = {"simple": "RANDOM"}
    spec: Raw = {"host": host}
    if policy:
        spec["trafficPolicy"] = policy
    if form == "subset":
        spec["subsets"] = [{"name": "v0", "labels": {"version": "v0"}, "trafficPolicy": {"tls": _tls(at)}}]
    if at.chance(0.1):
        spec["workloadSelector"] = {"matchLabels": {"app": at.random.choice(("client", "nobody"))}}
    elif at.chance(0.2):
        spec["exportTo"] = at.random.choice((["."], ["*"], ["bank"], ["shop", "other"]))
    at.add(istio("DestinationRule", at.named(f"rule{at.minute}", namespace), spec))


def _tls(at: Builder) -> Raw:
    mode = at.random.choice(TLS)
    settings: Raw = {"mode": mode} if mode else {}
    if mode == "MUTUAL":
        settings |= {"clientCertificate": "/c.pem", "privateKey": "/k.pem"}
    if mode == "SIMPLE" and at.chance(0.15):
        settings["credentialName"] = "secret"
    return settings


def _entry(at: Builder, name: str) -> None:
    host = at.random.choice(HOSTS)
    protocol = at.random.choice(PROTOCOLS)
    number = at.random.choice((80, 443, 3306, 8080, 9000))
    wild = host.startswith("*")
    resolution = at.random.choice(("NONE", "STATIC") if wild else ("NONE", "STATIC", "DNS", "DNS", "DNS_ROUND_ROBIN"))
    port: Raw = {"number": number, "name": "main"}
    if protocol:
        port["protocol"] = protocol
    if resolution != "NONE" and at.chance(0.2):
        port["targetPort"] = 8443
    spec: Raw = {"hosts": [host], "ports": [port], "resolution": resolution}
    if at.chance(0.25):
        spec["location"] = "MESH_INTERNAL"
    if resolution == "STATIC":
        spec["endpoints"] = [{"address": at.address("192.0")}]
    if at.chance(0.35):
        spec["addresses"] = [
            _range(PUBLIC[host]) if resolution in ("NONE", "STATIC") and at.chance(0.4) else PUBLIC[host]
        ]
    if at.chance(0.25):
        spec["exportTo"] = at.random.choice((["."], ["*"], ["shop"], ["~"]))
    entry = at.add(istio("ServiceEntry", at.named(name, at.random.choice((*NAMESPACES, ROOT))), spec))
    at.entries.append(entry)
    if at.chance(0.3):
        _rule(at, at.random.choice((entry["metadata"]["namespace"], *NAMESPACES)), host, number)


def _range(address: str) -> str:
    return address.rpartition(".")[0] + ".0/24"


def _virtual_service(at: Builder, name: str, service: Raw) -> None:
    """Route by a VirtualService: another name for a Service, its traffic to another one, or to a subset."""
    meta = service["metadata"]
    own = f"{meta['name']}.{meta['namespace']}.{DOMAIN}"
    other = at.random.choice([s for s in at.services if "ports" in s["spec"]])
    target, hosts = {"host": own}, [own]
    form = at.random.choice(("name", "name alone", "other", "subset"))
    if form.startswith("name"):
        hosts = [own, PUBLIC_NAME] if form == "name" else [PUBLIC_NAME]
    elif form == "other":
        target["host"] = f"{other['metadata']['name']}.{other['metadata']['namespace']}.{DOMAIN}"
    else:
        target["subset"] = "v0"
    port = at.random.choice((other if form == "other" else service)["spec"]["ports"])["port"]
    if at.chance(0.6) or form == "other":
        target["port"] = {"number": port}
    kind = "http" if form.startswith("name") or at.chance(0.7) else "tcp"
    spec: Raw = {"hosts": hosts, kind: [{"route": [{"destination": target}]}]}
    if at.chance(0.15):
        spec["exportTo"] = at.random.choice((["."], ["shop"]))
    at.add(istio("VirtualService", at.named(name, at.random.choice(NAMESPACES)), spec))


def _sidecar(at: Builder, namespace: str) -> None:
    choices = (["*/*"], ["./*", "istio-system/*"], ["./*"], ["bank/*"], ["./*", f"*/s1.shop.{DOMAIN}"], ["~/*"])
    spec: Raw = {}
    if at.chance(0.8):
        spec["egress"] = [{"hosts": list(at.random.choice(choices))}]
    if at.chance(0.5) or not spec:
        spec["outboundTrafficPolicy"] = at.random.choice(({}, {"mode": "ALLOW_ANY"}, {"mode": "REGISTRY_ONLY"}))
    if namespace != ROOT and at.chance(0.25):
        spec["workloadSelector"] = {"labels": {"app": at.random.choice(("client", "nobody"))}}
    at.add(istio("Sidecar", at.named(f"sidecar{at.minute}", namespace), spec))
