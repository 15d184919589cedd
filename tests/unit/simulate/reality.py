"""What really happens to a call at one moment: a second, simple reading of Istio, written for the property test alone.

It shares nothing with `planner.mesh` and `planner.simulate`: it reads raw objects, knows only what the generated
clusters hold, and says why a call fails. It errs on neither side within that world.

Source: the behaviour of Istio 1.31 as its own documentation and tests state it: injection by webhook, automatic mTLS,
PeerAuthentication, DestinationRule lookup, Sidecar scope, outbound policy, servers that speak first.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from planner.model.bundle import Created, Patch, PatchType, Rollout, StepBundle
from tests.unit.bundle.appliers import applied
from tests.unit.simulate.small_clusters import RAW, ROOT, Call, Cluster, Name

_TEMPLATES = {"CronJob": ("spec", "jobTemplate", "spec", "template")}
_WELL_KNOWN_TCP = (25, 53, 3306, 27017)
_CLASSES = {
    "http": "http", "http2": "http", "grpc": "http", "https": "tls", "tls": "tls", "tcp": "tcp", "mysql": "tcp",
    "mongo": "tcp", "redis": "tcp",
}  # fmt: skip
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")


class Reality:
    """A cluster that changes step by step."""

    def __init__(self, cluster: Cluster) -> None:
        self.objects: dict[tuple[str, str, str], RAW] = {}
        for raw in copy.deepcopy(cluster.objects):
            self.objects[self._key(raw)] = raw
        self._known: dict[str, list[RAW]] = {}
        self._running: dict[Name, RAW] = {}
        said = cluster.settings
        self.native = said.kubernetes_version != "1.30"
        self.closed = said.outbound_policy == "REGISTRY_ONLY"
        self.revision = said.revision or ""
        self.running = {name: self.injected(name) for name in self.workloads()}
        self.refused: list[str] = []

    @staticmethod
    def _key(raw: RAW) -> tuple[str, str, str]:
        return raw["kind"], raw["metadata"].get("namespace", ""), raw["metadata"]["name"]

    def of_kind(self, kind: str) -> list[RAW]:
        """Objects of a kind, the oldest first; what the plan makes is the youngest."""
        if kind not in self._known:
            found = [raw for key, raw in self.objects.items() if key[0] == kind]
            self._known[kind] = sorted(found, key=lambda raw: raw["metadata"].get("creationTimestamp", "9999"))
        return self._known[kind]

    def workloads(self) -> dict[Name, RAW]:
        if not self._running:
            self._running = {(key[1], key[2]): raw for key, raw in self.objects.items() if key[0] in _WORKLOADS}
        return self._running

    # The way forth.

    def moves(self, step: StepBundle) -> Iterator[str]:
        """Do one step, and stop after every single change: objects, then patches, then pods one workload at a time."""
        by_ref = {patch.ref: patch for patch in step.patches if patch.restarts}
        rolled = {item.ref for item in step.rollouts}
        for item in step.created:
            self._create(item)
            yield f"creation of {item.ref}"
        for patch in step.patches:
            if not (patch.restarts and patch.ref in rolled):
                self._patch(patch)
                if not _goes_on(patch, step):
                    yield f"patch of {patch.ref}"
        for rollout in step.rollouts:
            if rollout.ref in by_ref:
                self._patch(by_ref[rollout.ref])
            yield f"half of the rollout of {rollout.ref}"
            self._roll(rollout)
            yield f"rollout of {rollout.ref}"
        for name, raw in self.workloads().items():
            if raw["kind"] == "CronJob":  # the next run
                self.running[name] = self.injected(name)
        yield "next runs"

    def _create(self, item: Created) -> None:
        raw = copy.deepcopy(dict(item.body))
        if self._key(raw) in self.objects:
            self.refused.append(f"{item.ref} is there already")
        self.objects[self._key(raw)] = raw
        self._known.clear()

    def _patch(self, patch: Patch) -> None:
        key = (patch.ref.kind, patch.ref.namespace, patch.ref.name)
        self.objects[key] = applied(self.objects[key], patch.body, PatchType(patch.type))
        self._known.clear()
        self._running = {}

    def _roll(self, rollout: Rollout) -> None:
        name = (rollout.ref.namespace, rollout.ref.name)
        self.running[name] = self.injected(name)

    # Pods.

    def template(self, name: Name) -> RAW:
        raw = self.workloads()[name]
        at: Any = raw
        for part in _TEMPLATES.get(raw["kind"], ("spec", "template")):
            at = at[part]
        result: RAW = at
        return result

    def injected(self, name: Name) -> bool:
        """Whether a pod that is created now gets a proxy."""
        template = self.template(name)
        labels = template["metadata"].get("labels", {})
        wish, note = labels.get("sidecar.istio.io/inject"), template["metadata"].get("annotations", {})
        space = self.objects["Namespace", "", name[0]]["metadata"].get("labels") or {}
        if template["spec"].get("hostNetwork") or wish == "false":
            return False
        asked = space.get("istio-injection") == "enabled"
        if "istio-injection" not in space:
            by_space, by_pod = space.get("istio.io/rev"), labels.get("istio.io/rev")
            asked = by_space == self.revision != "" if by_space else wish == "true" and (by_pod or "") == self.revision
        return asked and not (wish is None and note.get("sidecar.istio.io/inject") == "false")

    def states(self, name: Name) -> tuple[bool, ...]:
        """The pods that run, and those that an eviction would bring."""
        return tuple(sorted({self.running[name], self.injected(name)}))

    # A call.

    def failures(self, call: Call) -> list[str]:
        """Say why a call would fail, for any pods that may be there now; empty where it always works."""
        callers = self.states(call.source) if call.source[0] else (False,)
        found = []
        for proxied in callers:
            if call.source[0] and proxied:
                template = self.template(call.source)["spec"]
                user = template.get("securityContext", {}).get("runAsUser")
                proxied = user != 1337 and (self.native or not call.early)
            found += self._failures(call, proxied)
        return sorted(set(found))

    def _failures(self, call: Call, proxied: bool) -> Iterator[str]:
        if not call.target[0]:
            yield from self._leaving(call) if proxied else ()
        elif call.direct:
            yield from self._to_pod_address(call, proxied)
        else:
            yield from self._to_service(call, proxied, self.objects["Service", *call.target])

    def _leaving(self, call: Call) -> Iterator[str]:
        found = [port for port in self._entry_ports(call) if port["number"] == call.port]
        for port in found:
            if port["protocol"] in ("HTTP", "HTTP2", "GRPC") and call.spoken != "http":
                yield f"{call.spoken} at an entry for HTTP"
        if not found and self._policy(call.source) == "REGISTRY_ONLY":
            yield "no entry, and the policy is REGISTRY_ONLY"

    def _entry_ports(self, call: Call) -> Iterator[RAW]:
        hidden = self._egress_hosts(call.source)
        for raw in self.of_kind("ServiceEntry"):
            spec, own = raw["spec"], raw["metadata"]["namespace"]
            to = spec.get("exportTo") or ["*"]
            seen = "*" in to or call.source[0] in to or ("." in to and own == call.source[0])
            in_scope = any(_scope_names(host, call.source[0], own) for host in hidden)
            if seen and in_scope and (call.target[1] in spec["hosts"] or call.target[1] in spec.get("addresses", ())):
                yield from (port for port in spec["ports"] if not (port["protocol"] == "TLS" and call.spoken == "http"))

    def _sidecar(self, caller: Name) -> RAW:
        for where in (caller[0], ROOT):
            for raw in self.of_kind("Sidecar"):
                if raw["metadata"]["namespace"] == where and "workloadSelector" not in raw["spec"]:
                    spec: RAW = raw["spec"]
                    return spec
        return {}

    def _egress_hosts(self, caller: Name) -> list[str]:
        return [host for item in self._sidecar(caller).get("egress", ()) for host in item["hosts"]] or ["*/*"]

    def _policy(self, caller: Name) -> str:
        said = self._sidecar(caller).get("outboundTrafficPolicy")
        if said is not None:
            return str(said.get("mode", "REGISTRY_ONLY"))
        return "REGISTRY_ONLY" if self.closed else "ALLOW_ANY"

    def _to_pod_address(self, call: Call, proxied: bool) -> Iterator[str]:
        template = self.template(call.target)
        fronts = [s for s in self._services(call.target[0]) if _selects(s, template)]
        for service in fronts:
            port = next((p for p in service["spec"]["ports"] if p["port"] == call.port), None)
            if port and service["spec"].get("clusterIP") == "None" and proxied and _class(port) != "http":
                yield from self._to_service(call, proxied, service, only=call.target)
                return
        if proxied and self._policy(call.source) == "REGISTRY_ONLY":
            yield "a pod's address, and the policy is REGISTRY_ONLY"
        port_class = next((_class(p) for s in fronts for p in s["spec"]["ports"]), "auto")
        for pod in self.states(call.target):
            yield from self._arriving(call, "plain", call.target, pod, call.port, port_class)

    def _services(self, namespace: str) -> list[RAW]:
        return [raw for raw in self.of_kind("Service") if raw["metadata"]["namespace"] == namespace]

    def _to_service(self, call: Call, proxied: bool, service: RAW, only: Name | None = None) -> Iterator[str]:
        where = service["metadata"]["namespace"]
        port = next(p for p in service["spec"]["ports"] if p["port"] == call.port)
        every = [n for n in self.workloads() if n[0] == where and _selects(service, self.template(n))]
        known = proxied and any(_scope_names(h, call.source[0], where) for h in self._egress_hosts(call.source))
        if proxied and not known and self._policy(call.source) == "REGISTRY_ONLY":
            yield "the Service is hidden, and the policy is REGISTRY_ONLY"
        if known and call.server_first and _class(port) in ("auto", "http", "tls"):
            yield "the caller's proxy waits for bytes of a client that waits for the server"
        headless = service["spec"].get("clusterIP") == "None"
        bare = any(not pod for name in every for pod in self.states(name))
        for name, pod in ((n, p) for n in every if only in (None, n) for p in self.states(n)):
            inner = _inner(port, self.template(name))
            wire = self._wire(call, service, name, pod, inner, headless and bare, headless) if known else "plain"
            yield from self._arriving(call, wire, name, pod, inner, _class(port))

    def _wire(self, call: Call, service: RAW, name: Name, pod: bool, inner: int, mixed: bool, headless: bool) -> str:
        rule = self._rule(call, service)
        if rule:
            return {"ISTIO_MUTUAL": "mtls", "DISABLE": "plain"}[rule]
        if self._service_mode(name[0]) == "DISABLE" or mixed:
            return "plain"
        if headless:
            return "mtls"
        return "mtls" if pod and self.mode(name, inner) != "DISABLE" else "plain"

    def _rule(self, call: Call, service: RAW) -> str:
        """The TLS mode of the DestinationRule that the caller follows, or an empty string."""
        where = service["metadata"]["namespace"]
        full = f"{service['metadata']['name']}.{where}.svc.cluster.local"
        for space in (call.source[0], where, ROOT):
            found = [r for r in self.of_kind("DestinationRule") if r["metadata"]["namespace"] == space]
            found = [r for r in found if _host_covers(r["spec"]["host"], full)]
            if found:
                best = max(found, key=lambda r: (not r["spec"]["host"].startswith("*"), len(r["spec"]["host"])))
                policy = best["spec"].get("trafficPolicy") or {}
                for item in policy.get("portLevelSettings", ()):
                    if item["port"]["number"] == call.port:
                        return str(item.get("tls", {}).get("mode", ""))
                return str(policy.get("tls", {}).get("mode", ""))
        return ""

    # The server's side.

    def _peer_auth(self, namespace: str, labels: Mapping[str, str] | None) -> RAW | None:
        for raw in self.of_kind("PeerAuthentication"):
            picks = raw["spec"].get("selector", {}).get("matchLabels")
            if raw["metadata"]["namespace"] != namespace or bool(picks) is (labels is None):
                continue
            if labels is None or all(labels.get(key) == value for key, value in picks.items()):
                spec: RAW = raw["spec"]
                return spec
        return None

    def _service_mode(self, namespace: str) -> str:
        for where in (namespace, ROOT):
            mode = ((self._peer_auth(where, None) or {}).get("mtls") or {}).get("mode", "UNSET")
            if mode != "UNSET":
                return str(mode)
        return "PERMISSIVE"

    def mode(self, name: Name, port: int) -> str:
        """The PeerAuthentication mode at a container port."""
        own = self._peer_auth(name[0], self.template(name)["metadata"].get("labels", {})) or {}
        at_port = (own.get("portLevelMtls") or {}).get(str(port), {}).get("mode", "UNSET")
        whole = (own.get("mtls") or {}).get("mode", "UNSET")
        return str(next((m for m in (at_port, whole) if m != "UNSET"), self._service_mode(name[0])))

    def _arriving(self, call: Call, wire: str, name: Name, pod: bool, inner: int, kind: str) -> Iterator[str]:
        text = "/".join(name)
        if not pod:
            if wire == "mtls":
                yield f"mTLS reaches {text}, which has no proxy"
            return
        mode = self.mode(name, inner)
        if wire == "mtls":
            if mode == "DISABLE":
                yield f"mTLS reaches {text}:{inner}, which is DISABLE"
        elif mode == "STRICT":
            yield f"plaintext reaches {text}:{inner}, which is STRICT"
        elif call.server_first and (mode == "PERMISSIVE" or kind in ("auto", "http")):
            yield f"the proxy of {text}:{inner} ({mode}, {kind}) waits for a client that waits for the server"


def _goes_on(patch: Patch, step: StepBundle) -> bool:
    """Whether a patch is one of those that end the exceptions of a step, and more of them follow.

    A headless port at which the server speaks first has no state that suits both sides: what is connected in the
    moment between these patches hangs, whatever comes first.
    """
    at = step.patches.index(patch)
    ends = patch.ref.kind == "PeerAuthentication" and "UNSET" in str(patch.body)
    ends = ends or patch.ref.kind == "DestinationRule"
    return ends and any(p.ref.kind == "DestinationRule" and _ours(p) for p in step.patches[at + 1 :])


def _ours(patch: Patch) -> bool:
    return patch.ref.name.startswith("plaintext-")


def _class(port: RAW) -> str:
    token = port["appProtocol"] if port.get("appProtocol") is not None else port.get("name", "")
    known = _CLASSES.get(str(token).partition("-")[0].lower())
    return known or ("tcp" if port["port"] in _WELL_KNOWN_TCP else "auto")


def _inner(port: RAW, template: RAW) -> int:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    return next(p["containerPort"] for c in template["spec"]["containers"] for p in c["ports"] if p["name"] == target)


def _selects(service: RAW, template: RAW) -> bool:
    labels = template["metadata"].get("labels", {})
    return all(labels.get(key) == value for key, value in service["spec"]["selector"].items())


def _scope_names(host: str, caller: str, owner: str) -> bool:
    where = host.partition("/")[0]
    return where == "*" or owner == (caller if where == "." else where)


def _host_covers(pattern: str, full: str) -> bool:
    return full.endswith(pattern[1:]) if pattern.startswith("*") else pattern == full
