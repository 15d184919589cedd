"""Stand-ins for what stands behind Services: EndpointSlices, the node that routes to them, the DNS of the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.cluster.api import Api, ApiError
from tests.mesh.live.machine import NODE, Machine
from tests.mesh.live.pods import Running

_LABEL = "kubernetes.io/service-name"
_OURS = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
Raw = dict[str, Any]


class Endpoints:
    """Keeps what is behind the Services of a cluster."""

    def __init__(self, machine: Machine, pods: Mapping[str, list[Running]], outside: Mapping[str, list[str]]) -> None:
        """Begin with nothing written.

        Args:
            machine: Whose node routes, and answers questions for names.
            pods: The running Pods of each workload; looked at anew each time.
            outside: Addresses of the names outside the cluster.
        """
        self._machine, self._pods, self._outside = machine, pods, dict(outside)
        self._slices: dict[tuple[str, str], Any] = {}
        self._routed: Any = None

    def write(self, api: Api) -> None:
        """Write the EndpointSlices of every Service with a selector, and let the node route to them."""
        services = api.request("GET", "/api/v1/services")["items"]
        for raw in services:
            if raw["spec"].get("selector"):
                self._slice(api, raw)
        self._route(api, services)

    def behind(self, service: Raw) -> list[Running]:
        """Find the Pods that a Service selects."""
        wanted, namespace = service["spec"]["selector"].items(), service["metadata"]["namespace"]
        every = (pod for pods in list(self._pods.values()) for pod in pods)
        return [
            pod for pod in every
            if pod.name.startswith(f"{namespace}/") and wanted <= pod.stored["metadata"].get("labels", {}).items()
        ]  # fmt: skip

    def _slice(self, api: Api, service: Raw) -> None:
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        pods = sorted(self.behind(service), key=lambda pod: pod.name)
        ports = [{"name": p.get("name", ""), "protocol": p.get("protocol", "TCP"), "port": number}
                 for p in service["spec"].get("ports", ()) if (number := target_of(p, pods))]  # fmt: skip
        ends = [_endpoint(pod) for pod in pods]
        if self._slices.get((namespace, name)) == (ports, ends):
            return
        path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        labels = {_LABEL: name} | _OURS
        if service["spec"].get("clusterIP") == "None":
            labels["service.kubernetes.io/headless"] = ""
        body = {
            "metadata": {"name": f"{name}-auto", "labels": labels}, "addressType": "IPv4", "ports": ports,
            "endpoints": ends,
        }  # fmt: skip
        try:
            api.request("PUT", f"{path}/{name}-auto", body)
        except ApiError as fault:
            if fault.status != 404:
                raise
            api.request("POST", path, body)
        self._slices[namespace, name] = (ports, ends)

    def _route(self, api: Api, services: list[Raw]) -> None:
        slices: dict[tuple[str, str], list[Raw]] = {}
        for raw in api.request("GET", "/apis/discovery.k8s.io/v1/endpointslices")["items"]:
            key = raw["metadata"]["namespace"], raw["metadata"].get("labels", {}).get(_LABEL, "")
            slices.setdefault(key, []).append(raw)
        wanted = [route for service in services for route in _routes(service, slices)]
        if wanted != self._routed:
            self._machine.do("services", services=wanted)
            self._machine.do("names", names=self._outside | dict(self._names(services)))
            self._routed = wanted

    def _names(self, services: list[Raw]) -> Iterator[tuple[str, list[str]]]:
        for raw in services:
            spec, meta = raw["spec"], raw["metadata"]
            headless = spec.get("clusterIP") == "None" and spec.get("selector")
            addresses = [pod.ip for pod in self.behind(raw)] if headless else [spec.get("clusterIP", "None")]
            if addresses != ["None"]:
                yield f"{meta['name']}.{meta['namespace']}.svc.cluster.local", addresses


def target_of(port: Raw, pods: list[Running]) -> int | None:
    """Resolve the target of a Service port."""
    target = port.get("targetPort") or port["port"]
    if isinstance(target, int):
        return target
    named = (
        listed["containerPort"]
        for pod in pods
        for one in (*pod.stored["spec"]["containers"], *pod.stored["spec"].get("initContainers", ()))
        for listed in one.get("ports", ())
        if listed.get("name") == target
    )
    return next(named, None)


def _endpoint(pod: Running) -> Raw:
    namespace, _, name = pod.name.partition("/")
    reference = {"kind": "Pod", "namespace": namespace, "name": name}
    ready = {"ready": True, "serving": True, "terminating": False}
    return {"addresses": [pod.ip], "conditions": ready, "targetRef": reference, "nodeName": NODE}


def _routes(service: Raw, slices: dict[tuple[str, str], list[Raw]]) -> Iterator[Raw]:
    spec, meta = service["spec"], service["metadata"]
    if spec.get("clusterIP", "None") in ("None", ""):
        return
    for port in spec.get("ports", ()):
        ends = [
            f"{address}:{listed['port']}"
            for one in slices.get((meta["namespace"], meta["name"]), ())
            for listed in one.get("ports") or ()
            if (listed.get("name") or "") == port.get("name", "")
            for end in one.get("endpoints") or ()
            for address in end["addresses"]
        ]
        yield {"ip": spec["clusterIP"], "port": port["port"], "ends": ends}
