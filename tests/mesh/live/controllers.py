"""Stand-ins for the controllers: Deployments, StatefulSets, DaemonSets, Jobs and CronJobs get Pods.

Whether a Pod gets a sidecar is not decided here: Pods are written through the API server, and its webhook decides.
"""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.cluster.api import MERGE, Api, ApiError
from tests.cluster.control_plane import ControlPlane
from tests.cluster.status_writer import status_of
from tests.mesh.live.endpoints import Endpoints
from tests.mesh.live.istiod import SYSTEM
from tests.mesh.live.machine import NODE, Machine
from tests.mesh.live.pods import Kubelet, PodError, Running, proxy_of

KINDS = (
    ("apps", "deployments"), ("apps", "statefulsets"), ("apps", "daemonsets"), ("batch", "jobs"), ("batch", "cronjobs"),
)  # fmt: skip
_PAUSE = 0.2
WORKERS = 4
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload as the API server has it."""

    plural: str
    raw: Raw

    @property
    def name(self) -> str:
        """`namespace/name`."""
        return f"{self.raw['metadata']['namespace']}/{self.raw['metadata']['name']}"

    @property
    def template(self) -> Raw:
        """Its Pod template."""
        spec: Raw = self.raw["spec"]
        if self.plural == "cronjobs":
            spec = spec["jobTemplate"]["spec"]
        template: Raw = spec["template"]
        return template

    @property
    def by_hand(self) -> bool:
        """Whether its Pods are replaced only when somebody deletes them, or their run has ended."""
        if self.runs_once:
            return True
        return bool(self.raw["spec"].get("updateStrategy", {}).get("type") == "OnDelete")

    @property
    def runs_once(self) -> bool:
        """Whether every run has a Pod of its own."""
        return self.plural in ("jobs", "cronjobs")


class Controllers:
    """Keeps Pods and endpoints as the objects say, until it is stopped.

    Attributes:
        pods: The running Pods of each workload.
        refused: What the API server said to Pods that it did not take, by workload.
        failed: What a Pod that did not become ready said, by workload.
        replicas: For workloads that need more than one Pod, how many.
    """

    def __init__(
        self, plane: ControlPlane, machine: Machine, kubelet: Kubelet, replicas: dict[str, int],
        outside: dict[str, list[str]],
    ) -> None:  # fmt: skip
        self.pods: dict[str, list[Running]] = {}
        self.refused: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.replicas = replicas
        self._services = Endpoints(machine, self.pods, outside)
        self._plane, self._kubelet = plane, kubelet
        self._made: dict[str, str] = {}
        self._known: list[Workload] = []
        self._furnished: set[str] = set()
        self._count = itertools.count(1)
        self._pool = ThreadPoolExecutor(WORKERS)
        self._connections: list[Api] = []
        self._lock = threading.RLock()
        self._done = threading.Event()
        self._local = threading.local()
        self._thread = threading.Thread(target=self._run, name="controllers", daemon=True)

    def start(self) -> None:
        """Begin, with one turn that is over when this returns."""
        self.turn()
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join(60)
        self._pool.shutdown()
        for one in self._connections:
            one.close()

    @property
    def api(self) -> Api:
        """The connection of this thread."""
        if not hasattr(self._local, "api"):
            self._local.api = self._plane.api()
            self._connections.append(self._local.api)
        api: Api = self._local.api
        return api

    def turn(self) -> None:
        """Bring everything to what the objects say."""
        with self._lock:
            spaces = {raw["metadata"]["name"]: raw for raw in self._listed("/api/v1/namespaces")}
            self._accounts(spaces)
            self._buried()
            every = [(one, wanted_of(one)) for one in self.workloads()]
            self._together([partial(self._replace, one, wanted) for one, wanted in every if self._due(one, wanted)])
            self.endpoints()
            for one, _ in every:
                self._settled(one)

    def workloads(self) -> list[Workload]:
        """List what may have Pods."""
        found = [Workload(plural, raw) for group, plural in KINDS for raw in self._listed(f"/apis/{group}/v1/{plural}")]
        self._known = [one for one in found if not one.name.startswith(f"{SYSTEM}/")]
        return self._known

    def twins(self) -> list[Running]:
        """Give each workload whose Pods would come back otherwise (with a sidecar, or without) one such Pod more.

        They stand for Pods that a node lost between the label and the restart.
        """
        with self._lock:
            changing = [one for one in self.workloads() if self._changes(one)]
            made = self._together([partial(self._create, one, "twin") for one in changing])
            self.endpoints()
        return [pod for pod in made if pod is not None]

    def run_again(self, namespaces: Iterable[str]) -> None:
        """End the runs of all Jobs of some namespaces, and begin the next."""
        with self._lock:
            every = [one for one in self.workloads() if one.runs_once and one.name.partition("/")[0] in namespaces]
            self._together([partial(self._replace, one, wanted_of(one)) for one in every])
            self.endpoints()

    def drop(self, pods: list[Running]) -> None:
        """Take Pods away for good."""
        with self._lock:
            for pod in pods:
                self._end(pod)
            self.endpoints()

    def endpoints(self) -> None:
        """Bring the endpoints of all Services to the Pods that run."""
        self._services.write(self.api)

    def behind(self, service: Raw) -> list[Running]:
        """Find the Pods that a Service selects."""
        return self._services.behind(service)

    def template(self, workload: str) -> Raw:
        """Give the Pod template of a workload as it is now."""
        return next(one.template for one in self._known if one.name == workload)

    def annotations(self, workload: str) -> dict[str, str]:
        """Give the annotations of its Pod template."""
        found: dict[str, str] = self.template(workload).get("metadata", {}).get("annotations", {})
        return found

    def _run(self) -> None:
        while not self._done.wait(_PAUSE):
            try:
                self.turn()
            except (OSError, http.client.HTTPException, ApiError) as fault:
                self.failed["controllers"] = str(fault)

    def _listed(self, path: str) -> list[Raw]:
        items: list[Raw] = self.api.request("GET", path)["items"]
        return items

    def _accounts(self, spaces: Iterable[str]) -> None:
        """Give every new namespace its default ServiceAccount."""
        for name in set(spaces) - self._furnished:
            try:
                body = {"metadata": {"name": "default"}}
                self.api.request("POST", f"/api/v1/namespaces/{name}/serviceaccounts", body)
            except ApiError as fault:
                if fault.status != 409:
                    raise
            self._furnished.add(name)

    def _buried(self) -> None:
        """Forget Pods that somebody deleted."""
        there = {
            f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"
            for raw in self._listed("/api/v1/pods") if "deletionTimestamp" not in raw["metadata"]
        }  # fmt: skip
        for pod in [pod for pods in self.pods.values() for pod in pods]:
            if pod.name not in there:
                self._end(pod)
                self._made.pop(pod.workload, None)

    def _due(self, one: Workload, wanted: str) -> bool:
        """Whether Pods must be made: there are none that could stay, and none was refused for the same."""
        made = self._made.get(one.name)
        return made != wanted and not (one.by_hand and self.pods.get(one.name))

    def _replace(self, one: Workload, wanted: str) -> None:
        self._made[one.name] = wanted
        old = list(self.pods.get(one.name, ()))
        fresh = [self._create(one) for _ in range(self.replicas.get(one.name, 1))]
        if all(fresh):
            for pod in old:
                self._end(pod)

    def _settled(self, one: Workload) -> None:
        """Say that the rollout of a workload is done."""
        meta, seen = one.raw["metadata"], one.raw.get("status", {}).get("observedGeneration", 0)
        stuck = not self.pods.get(one.name) or self._failing(one)
        if one.runs_once or seen >= meta["generation"] or stuck:
            return
        path = f"/apis/apps/v1/namespaces/{meta['namespace']}/{one.plural}/{meta['name']}/status"
        self.api.request("PATCH", path, {"status": status_of(one.plural, one.raw)}, MERGE)

    def _failing(self, one: Workload) -> bool:
        return one.name in self.refused or one.name in self.failed

    def _together(self, jobs: list[Callable[[], Any]]) -> list[Any]:
        return [future.result() for future in [self._pool.submit(job) for job in jobs]]

    def _create(self, one: Workload, role: str = "pod") -> Running | None:
        number = next(self._count)
        namespace, _, name = one.name.partition("/")
        try:
            self._room(namespace)
            stored = self._post(one, f"{name[:180]}-{role}-{number}")
            pod = self._kubelet.run(self.api, one.name, stored)
            self.refused.pop(one.name, None)
            self.failed.pop(one.name, None)
        except ApiError as fault:
            self.refused[one.name] = str(fault)
            return None
        except PodError as fault:
            self.failed[one.name] = str(fault)
            return None
        self.pods.setdefault(one.name, []).append(pod)
        return pod

    def _post(self, one: Workload, name: str, query: str = "") -> Raw:
        namespace, template = one.name.partition("/")[0], one.template
        spec = dict(template["spec"]) | {"nodeName": NODE}
        spec.setdefault("serviceAccountName", "default")
        claims = one.raw["spec"].get("volumeClaimTemplates", ())  # nothing is stored here
        spec["volumes"] = [*spec.get("volumes", ()), *({"name": c["metadata"]["name"], "emptyDir": {}} for c in claims)]
        meta = template.get("metadata") or {}
        own = {"name": name, "labels": meta.get("labels", {}), "annotations": meta.get("annotations", {})}
        path = f"/api/v1/namespaces/{namespace}/pods{query}"
        stored: Raw = self.api.request("POST", path, {"metadata": own, "spec": spec})
        return stored

    def _room(self, namespace: str) -> None:
        """Let every quota look unused: traffic is tried here, not room, and no one counts what ends."""
        path = f"/api/v1/namespaces/{namespace}/resourcequotas"
        for raw in self._listed(path):
            hard = raw["spec"]["hard"]
            status = {"status": {"hard": hard, "used": dict.fromkeys(hard, "0")}}
            self.api.request("PATCH", f"{path}/{raw['metadata']['name']}/status", status, MERGE)

    def _changes(self, one: Workload) -> bool:
        have = self.pods.get(one.name)
        if not have:
            return False
        self._room(one.name.partition("/")[0])
        stored = self._post(one, "only-asked", "?dryRun=All")
        return (proxy_of(stored) is not None) != have[0].injected

    def _end(self, pod: Running) -> None:
        self.pods[pod.workload].remove(pod)
        self._kubelet.end(pod)
        namespace, _, name = pod.name.partition("/")
        try:
            options = {"gracePeriodSeconds": 0}
            self.api.request("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}", options)
        except ApiError as fault:
            if fault.status != 404:
                raise


def wanted_of(one: Workload) -> str:
    """Say in short what the Pods of a workload are made from."""
    return hashlib.sha256(json.dumps(one.template, sort_keys=True).encode()).hexdigest()
