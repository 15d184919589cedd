"""Makes the calls of a plan's flows in the live mesh, from every pod of the caller to every pod of the callee."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.cluster.api import Api
from tests.mesh.live.controllers import Controllers
from tests.mesh.live.endpoints import target_of
from tests.mesh.live.flows import Flow, probe_call, probe_port, probes
from tests.mesh.live.judging import ABSENT, judged
from tests.mesh.live.machine import NODE, Machine
from tests.mesh.live.pods import APPLICATION_UID, NODE_IP, PROXY_UID, Running

MILLIS = 3000
TRIES = 8
"""How often a balanced address is called, at most, until every pod behind it was met."""
API_SERVER = "10.96.0.1:443"
API_ENDS = (API_SERVER, f"{NODE_IP}:6443")
CLIENT = "outside/client"
_KUBELET, _API, _OUTSIDE = "cluster:kubelet", "cluster:kube-apiserver", "external:client"
_COUNTERS = "/stats?filter=PassthroughCluster.*upstream_(cx|rq)_total$"
_PASSED = re.compile(r"upstream_(?:cx|rq)_total: (\d+)")
_PROMETHEUS = "monitoring/prometheus"
Raw = dict[str, Any]


class Caller:
    """Makes calls.

    Attributes:
        outside: Address of every host outside the cluster.
        said: The last outcome of each flow, for a person.
    """

    def __init__(
        self, machine: Machine, controllers: Controllers, outside: Mapping[str, str],
        hosts: Mapping[tuple[str, str], str],
    ) -> None:  # fmt: skip
        self.outside, self._hosts = outside, hosts
        self.said: dict[str, list[Raw]] = {}
        self._machine, self._controllers = machine, controllers
        self._services: dict[str, Raw] = {}
        self._manual: dict[str, list[str]] = {}

    def call(self, flows: Iterable[Flow]) -> dict[str, set[str]]:
        """Call every flow and give what was seen, all variants of it."""
        self._look()
        by_source: dict[str, list[Flow]] = {}
        for flow in flows:
            # A pod's calls go one by one, so that what its proxy counts belongs to one of them.
            key = flow.source if "/" in flow.source else flow.id
            by_source.setdefault(key, []).append(flow)
        with ThreadPoolExecutor(8) as pool:
            results = pool.map(lambda group: {flow.id: self._flow(flow) for flow in group}, by_source.values())
            return {name: seen for result in results for name, seen in result.items()}

    def _look(self) -> None:
        api: Api = self._controllers.api
        items = api.request("GET", "/api/v1/services")["items"]
        self._services = {f"{raw['metadata']['namespace']}/{raw['metadata']['name']}": raw for raw in items}
        for raw in api.request("GET", "/apis/discovery.k8s.io/v1/endpointslices")["items"]:
            meta = raw["metadata"]
            name = f"{meta['namespace']}/{meta.get('labels', {}).get('kubernetes.io/service-name', '')}"
            if not meta["name"].endswith("-auto"):
                self._manual[name] = [address for end in raw["endpoints"] for address in end["addresses"]]

    def _flow(self, flow: Flow) -> set[str]:
        self.said[flow.id] = []
        callers = self._callers(flow)
        if not callers:
            return {ABSENT}
        return {seen for caller in callers for seen in self._from(flow, caller)}

    def _callers(self, flow: Flow) -> list[Running | None]:
        """Find the pods of the caller; None stands for the node or the world outside."""
        return list(self._controllers.pods.get(flow.source, ())) if "/" in flow.source else [None]

    def _from(self, flow: Flow, caller: Running | None) -> set[str]:
        if flow.source == _KUBELET:
            return self._probed(flow)
        if flow.target_kind == "Service":
            return self._service(flow, caller, self._services[flow.target])
        if flow.target == _API:
            # What is meant for the node itself is seen before its translation only.
            return {self._one(flow, caller, API_SERVER, dict.fromkeys(API_ENDS), "kubernetes.default.svc")}
        if flow.target == _KUBELET:
            end = f"{NODE_IP}:{flow.port}"
            return {self._one(flow, caller, end, {end: None}, end)}
        if flow.target_kind == "External":
            return {self._external(flow, caller, flow.target.removeprefix("external:"))}
        return {seen for pod in self._controllers.pods.get(flow.target, ()) for seen in self._pod(flow, caller, pod)}

    def _external(self, flow: Flow, caller: Running | None, name: str) -> str:
        end = f"{self.outside[flow.host or name]}:{flow.port}"
        return self._one(flow, caller, end, {end: None}, _host(flow.host or name, flow))

    def _service(self, flow: Flow, caller: Running | None, service: Raw) -> set[str]:
        spec, name = service["spec"], flow.target
        if spec["type"] == "ExternalName":
            return self._alias(flow, caller, spec["externalName"])
        listed = next((one for one in spec["ports"] if one["port"] == flow.port), None)
        if not spec.get("selector"):
            ends = {f"{address}:{flow.port}": None for address in self._manual[name]}
            return {self._one(flow, caller, f"{spec['clusterIP']}:{flow.port}", ends, self._name(flow))}
        pods = self._controllers.behind(service)
        number = (target_of(listed, pods) if listed else None) or flow.port
        ends_of: dict[str, Running | None] = {f"{pod.ip}:{number}": pod for pod in pods if pod is not caller}
        if flow.source == _PROMETHEUS:
            return {seen for pod in pods for seen in self._pod(flow, caller, pod)}
        if spec.get("clusterIP") == "None":
            return {self._one(flow, caller, end, {end: pod}, self._name(flow)) for end, pod in ends_of.items()}
        return self._balanced(flow, caller, f"{spec['clusterIP']}:{flow.port}", ends_of)

    def _alias(self, flow: Flow, caller: Running | None, name: str) -> set[str]:
        inside = re.fullmatch(r"([^.]+)\.([^.]+)\.svc\.cluster\.local", name)
        if inside:
            return self._service(flow, caller, self._services[f"{inside[2]}/{inside[1]}"])
        return {self._external(flow, caller, name)}

    def _balanced(self, flow: Flow, caller: Running | None, address: str, ends: dict[str, Running | None]) -> set[str]:
        seen, met = set(), set[str]()
        for _ in range(TRIES if len(ends) > 1 else 1):
            seen.add(self._one(flow, caller, address, ends, self._name(flow)))
            met |= {one["to"] for one in self.said[flow.id][-1]["wire"]}
            if "broken" in seen or met >= set(ends):
                break
        return seen

    def _pod(self, flow: Flow, caller: Running | None, pod: Running) -> set[str]:
        """Call a pod by its address; Prometheus asks the pod's annotations for the port, as they are stored."""
        port, path = flow.port, "/metrics"
        notes = pod.stored["metadata"].get("annotations", {})
        if flow.source == _PROMETHEUS and self._scraped_by_annotation(flow, pod):
            port, path = int(notes["prometheus.io/port"]), notes.get("prometheus.io/path", path)
        end = f"{pod.ip}:{port}"
        return {self._one(flow, caller, end, {end: pod}, end, path)}

    def _scraped_by_annotation(self, flow: Flow, pod: Running) -> bool:
        own = self._controllers.annotations(pod.workload)
        return own.get("prometheus.io/scrape") == "true" and own.get("prometheus.io/port") == str(flow.port)

    def _probed(self, flow: Flow) -> set[str]:
        """Probe as the kubelet does: what the stored Pod says now of the probe that the template has on this port."""
        found = set()
        for pod in self._controllers.pods.get(flow.target, ()):
            containers = {one["name"]: one for one in pod.stored["spec"]["containers"]}
            for name, kind, probe in probes(self._controllers.template(flow.target)):
                if probe_port(probe, containers[name]) == flow.port:
                    now = containers[name][kind]
                    port = probe_port(now, containers[name])
                    assert port is not None
                    found.add(self._probe(flow, pod, probe_call(now, port, pod.ip)))
        return found

    def _probe(self, flow: Flow, pod: Running, asked: Raw) -> str:
        """A probe that is answered is one that the kubelet's node may make past every rule of the mesh."""
        outcome = self._machine.do("call", pod=NODE, millis=MILLIS, ends=[asked["target"]], uid=0, **asked)
        self.said[flow.id].append(outcome)
        return "bypass" if outcome["answered"] else "broken"

    def _name(self, flow: Flow) -> str:
        return self._hosts.get((flow.source, flow.target)) or _host(".".join(reversed(flow.target.split("/"))), flow)

    def _one(
        self, flow: Flow, caller: Running | None, address: str, ends: Mapping[str, Running | None], host: str,
        path: str = "/",
    ) -> str:  # fmt: skip
        where = caller.name if caller and caller.ip != NODE_IP else CLIENT if flow.source == _OUTSIDE else NODE
        proxied = bool(caller and caller.injected)
        before = self._let_through(where) if proxied else 0
        outcome = self._machine.do(
            "call", pod=where, kind=flow.kind, target=address, host=host, path=path, hello=flow.hello,
            uid=caller.uid if caller else APPLICATION_UID, millis=MILLIS, ends=list(ends), fresh=proxied,
        )  # fmt: skip
        passed = proxied and self._let_through(where) > before
        outcome |= {"asked": address, "from": where, "passed": passed}
        self.said[flow.id].append(outcome)
        met = {one["to"] for one in outcome["wire"]}
        known = any(pod is not None and pod.injected for end, pod in ends.items() if end in met)
        return judged(outcome, proxied=proxied, let_through=passed, known=known)

    def _let_through(self, pod: str) -> int:
        """Ask a sidecar how many connections it passed on by address alone."""
        asked = {"target": "127.0.0.1:15000", "host": "localhost", "path": _COUNTERS}
        said = self._machine.do("call", pod=pod, kind="http", uid=PROXY_UID, millis=MILLIS, ends=[], **asked)
        return sum(int(number) for number in _PASSED.findall(said.get("body", "")))


def _host(name: str, flow: Flow) -> str:
    usual = {"http": 80, "https": 443}.get(flow.kind)
    return name if flow.port == usual else f"{name}:{flow.port}"
