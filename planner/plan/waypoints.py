"""Whether waypoints go on before or after the pods of a namespace are enrolled in ambient mode, and who passes them by.

Enrolment needs no restart and takes effect at once, so what must hold from the first request on has to stand before:
a rule about HTTP that only a waypoint can enforce. Where no such rule is there, ztunnel alone gives mTLS, and a
waypoint is one more thing in the way: it comes after.

Source: istio/istio pilot/pkg/serviceregistry/ambient/waypoints.go (which waypoint counts, who skips it),
pilot/pkg/serviceregistry/ambient/authorization.go (what ztunnel makes of rules about HTTP); istio.io ambient/migrate
(waypoints before the label, selector-based HTTP policies go at once after).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planner.graph.traffic import TrafficGraph
from planner.mesh.ambient import SIDECAR_STATUS, captured
from planner.mesh.injection_labels import DATAPLANE_MODE
from planner.mesh.mesh_gateways import is_gateway
from planner.model.fields import list_at, map_at, maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.readiness import WaypointAdvice
from planner.model.refs import CLIENT, EXTERNAL, WILDCARD, Ref
from planner.model.workloads import Workload
from planner.plan.classes import joined_already
from planner.plan.membership import Membership

CLASS = "istio-waypoint"
_USE, _USE_FROM = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
_INGRESS_USES = "istio.io/ingress-use-waypoint"
_HTTP_FIELDS = ("methods", "notMethods", "paths", "notPaths", "hosts", "notHosts")
_HTTP_SOURCES = ("requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks")
_ROUTES = ("HTTPRoute", "GRPCRoute")


def advise(
    namespaces: Iterable[str], graph: TrafficGraph, inventory: Inventory, membership: Membership
) -> tuple[WaypointAdvice, ...]:
    """Give advice for the namespaces of a cluster that has ambient mode; nothing for a cluster that has not.

    A namespace that is not enrolled and that nothing ties to a waypoint is left out.

    Args:
        namespaces: Namespaces that are or come into the mesh.
        graph: Flows.
        inventory: What was read.
        membership: Says who never has a sidecar.
    """
    if not has_ambient(inventory):
        return ()
    asked = _Advisor(graph, inventory, membership)
    known = (asked.advice(name) for name in sorted(namespaces))
    return tuple(item for item in known if item.order != "none" or asked.enrols(item.namespace))


def has_ambient(inventory: Inventory) -> bool:
    """Whether a cluster shows signs of ambient mode: ztunnel, a waypoint, or something that is enrolled."""
    enrolled = any(obj.labels.get(DATAPLANE_MODE) == "ambient" for obj in inventory.of_kind("Namespace"))
    pods = any(w.labels.get(DATAPLANE_MODE) == "ambient" for w in inventory.workloads)
    return enrolled or pods or bool(_waypoints(inventory)) or any(w.ref.name == "ztunnel" for w in inventory.workloads)


def _waypoints(inventory: Inventory) -> Mapping[tuple[str, str], KubeObject]:
    """Return the Gateways of the waypoint class, by namespace and name."""
    return {
        (obj.ref.namespace, obj.ref.name): obj
        for obj in inventory.of_kind("Gateway")
        if obj.group == "gateway.networking.k8s.io" and text_at(obj.raw, "spec", "gatewayClassName") == CLASS
    }


class _Advisor:
    """Looks at one cluster; see `advise`."""

    def __init__(self, graph: TrafficGraph, inventory: Inventory, membership: Membership) -> None:
        self._graph = graph
        self._inventory = inventory
        self._membership = membership
        self._known = _waypoints(inventory)

    def enrols(self, namespace: str) -> bool:
        """Whether a namespace is enrolled today."""
        return self._labels(namespace).get(DATAPLANE_MODE) == "ambient"

    def advice(self, namespace: str) -> WaypointAdvice:
        """Give the advice for one namespace."""
        needs = tuple(sorted({*self._policies(namespace), *self._routes(namespace)}))
        named = tuple(dict.fromkeys(self._named(namespace)))
        exists = any(pair in self._known for pair in named)
        where = next((pair for pair in named if pair in self._known), named[0] if named else ("", ""))
        wanted = bool(needs) or bool(named)
        bypassing = tuple(sorted(set(self._bypassing(namespace)))) if wanted else ()
        return WaypointAdvice(
            namespace,
            "before" if needs else "after" if wanted else "none",
            "/".join(where) if named else "",
            exists,
            tuple(self._reasons(namespace, needs, named)),
            bypassing,
            tuple(self._beside(namespace, needs, named, bypassing)),
        )

    def _labels(self, namespace: str) -> Mapping[str, str]:
        return self._inventory.namespace_labels(namespace) or {}

    def _users(self, namespace: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield everything whose label may name a waypoint: the namespace, its Services, entries and pods."""
        yield f"Namespace {namespace}", self._labels(namespace)
        for service in self._inventory.services_in(namespace):
            yield str(service.ref), service.object.labels
        for entry in self._inventory.of_kind("ServiceEntry"):
            if entry.ref.namespace == namespace:
                yield str(entry.ref), entry.labels
        for workload in self._inventory.workloads_in(namespace):
            yield str(workload.ref), workload.labels

    def _named(self, namespace: str) -> Iterator[tuple[str, str]]:
        """Yield the waypoints that labels name; `none` opts out."""
        for _, labels in self._users(namespace):
            name = labels.get(_USE, "")
            if name and name != "none":
                yield labels.get(_USE_FROM, namespace), name

    def _policies(self, namespace: str) -> Iterator[str]:
        for policy in self._inventory.of_kind("AuthorizationPolicy"):
            if policy.ref.namespace == namespace and _about_http(policy):
                yield f"{policy.ref} asks for what only HTTP shows, and ztunnel knows none of it"
        for request in self._inventory.of_kind("RequestAuthentication"):
            if request.ref.namespace == namespace:
                yield f"{request.ref} checks tokens, which ztunnel cannot"

    def _routes(self, namespace: str) -> Iterator[str]:
        names = {service.ref.name for service in self._inventory.services_in(namespace)}
        for virtual in self._inventory.of_kind("VirtualService"):
            gateways = list_at(virtual.raw, "spec", "gateways")
            hosts = (text_at(host) for host in list_at(virtual.raw, "spec", "hosts"))
            inside = not gateways or "mesh" in gateways
            if inside and any(_service_of(host, virtual.ref.namespace) in self._pairs(namespace) for host in hosts):
                yield f"{virtual.ref} routes calls to it: without sidecars only a waypoint follows it"
        for route in self._inventory.of_kind(*_ROUTES):
            for _, parent in maps_at(route.raw, "spec", "parentRefs"):
                own = (text_at(parent, "namespace") or route.ref.namespace) == namespace
                if own and text_at(parent, "kind") == "Service" and text_at(parent, "name") in names:
                    yield f"{route.ref} routes calls to Service {text_at(parent, 'name')}, which needs a waypoint"

    def _pairs(self, namespace: str) -> frozenset[tuple[str, str]]:
        return frozenset((namespace, service.ref.name) for service in self._inventory.services_in(namespace))

    def _reasons(self, namespace: str, needs: tuple[str, ...], named: tuple[tuple[str, str], ...]) -> Iterator[str]:
        yield from needs
        if needs:
            yield "enrolment takes effect without a restart, so the rule would be lost until the waypoint is there"
        elif named:
            yield "no rule about HTTP hangs on it, so ztunnel alone gives mTLS first and the waypoint can follow"
        else:
            yield "nothing that was read needs a waypoint: ztunnel gives mTLS and rules about identities"
        if self.enrols(namespace):
            yield "its pods are enrolled already"

    def _bypassing(self, namespace: str) -> Iterator[str]:
        """Name the callers whose calls do not pass the waypoint, each with the reason."""
        for flow in self._graph.reaching(namespace):
            reason = self._why_past(flow.source)
            entering = self._is_entry(flow.source)
            if flow.target.kind == WILDCARD or (entering and self._ingress_uses(namespace, flow.target)):
                continue
            if entering:
                yield f"{flow.source.text}: a gateway passes it by without {_INGRESS_USES}"
            elif reason:
                yield f"{flow.source.text}: {reason}"
            elif flow.target.is_workload:
                yield f"{flow.source.text}: calls the pods' own addresses, which only a waypoint for workloads serves"

    def _is_entry(self, ref: Ref) -> bool:
        workload = self._inventory.workload(ref)
        return workload is not None and is_gateway(workload)

    def _ingress_uses(self, namespace: str, target: Ref) -> bool:
        service = self._inventory.service(target.namespace, target.name)
        own = service.object.labels.get(_INGRESS_USES) if service else None
        return (own if own is not None else self._labels(namespace).get(_INGRESS_USES)) == "true"

    def _why_past(self, ref: Ref) -> str:
        if ref == CLIENT or ref.kind == EXTERNAL:
            return "is outside the mesh"
        if ref.is_control_plane:
            return "is the control plane, which is outside the mesh"
        workload = self._inventory.workload(ref)
        if workload is None:
            return "its pods were not read, so nobody knows whether they are enrolled"
        if self._enrolled(workload):
            return ""
        return "has a sidecar, which does not use waypoints" if self._has_sidecar(workload) else "is outside the mesh"

    def _enrolled(self, workload: Workload) -> bool:
        where = workload.ref.namespace
        found = captured(where, self._labels(where), workload.labels, workload.annotations, workload.host_network)
        return found.captured and not self._has_sidecar(workload)

    def _has_sidecar(self, workload: Workload) -> bool:
        """Whether pods have a sidecar today or by their namespace's label, which comes before ambient."""
        labels = self._labels(workload.ref.namespace)
        injects = "istio-injection" in labels or "istio.io/rev" in labels
        inside = injects and joined_already(self._inventory, workload.ref.namespace)
        return SIDECAR_STATUS in workload.annotations or (inside and not self._membership.never(workload))

    def _beside(
        self, namespace: str, needs: tuple[str, ...], named: tuple[tuple[str, str], ...], bypassing: tuple[str, ...]
    ) -> Iterator[str]:
        """Say what must come with the waypoint."""
        for pair in named:
            if pair not in self._known:
                yield f"a label names the waypoint {'/'.join(pair)}, which was not read: calls then pass without it"
        if needs and not named:
            yield f"no {_USE} label points to a waypoint: create a Gateway of class {CLASS} and label the namespace"
        for policy in self._inventory.of_kind("AuthorizationPolicy"):
            if policy.ref.namespace == namespace and _about_http(policy) and not _targets(policy):
                yield f"move {policy.ref} to targetRefs: with a selector ztunnel would deny or drop its HTTP rules"
        if bypassing:
            yield (
                "to enforce it, let a policy on the workloads allow the waypoint's account alone, "
                "and the callers that pass it by until they are enrolled"
            )


def _about_http(policy: KubeObject) -> bool:
    """Whether a policy asks for something that only HTTP shows."""
    for _, rule in maps_at(policy.raw, "spec", "rules"):
        operations = (map_at(item, "operation") for _, item in maps_at(rule, "to"))
        sources = (map_at(item, "source") for _, item in maps_at(rule, "from"))
        keys = (text_at(item, "key") for _, item in maps_at(rule, "when"))
        if any(field in item for item in operations for field in _HTTP_FIELDS):
            return True
        if any(field in item for item in sources for field in _HTTP_SOURCES):
            return True
        if any(key.startswith("request.") for key in keys):
            return True
    return False


def _targets(policy: KubeObject) -> list[Any]:
    one = map_at(policy.raw, "spec", "targetRef")
    return [*list_at(policy.raw, "spec", "targetRefs"), *([one] if one else [])]


def _service_of(host: str, namespace: str) -> tuple[str, str]:
    """Read the Service off a VirtualService's host: a bare name is of the object's own namespace."""
    name, _, rest = host.partition(".")
    return (rest.partition(".")[0] or namespace, name)
