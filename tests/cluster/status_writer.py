"""A stand-in for the controllers and the kubelet.

The control plane of the tests has neither, so that nobody says that a rollout is done and `kubectl rollout status`
waits for ever. This thread says so at once, whatever the pods would do. On request it also writes one running Pod for
each workload, with an `istio-proxy` init container where the namespace asks for injection, so that a verification has
something to look at. It proves nothing about pods; it only lets the scripts go on.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from typing import Any

from tests.cluster.api import MERGE, Api, ApiError
from tests.cluster.control_plane import ControlPlane

MADE_BY = "tests.meshplan.io/status-writer"
_KINDS = ("deployments", "statefulsets", "daemonsets")
_PAUSE = 0.1


class StatusWriter:
    """Writes the status of workloads until it is stopped.

    Attributes:
        refused: What the server said to Pods that it did not take, by workload (`shop/cart`).
        paused: Workloads (`shop/cart`) whose rollouts never finish, for tests that need one.
    """

    def __init__(self, plane: ControlPlane, *, pods: bool = False) -> None:
        self.refused: dict[str, str] = {}
        self.paused: set[str] = set()
        self._plane, self._pods = plane, pods
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status-writer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._done.set()
        self._thread.join(10)

    def _run(self) -> None:
        api = self._plane.api()
        try:
            while not self._done.wait(_PAUSE):
                with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
                    for plural in _KINDS:
                        for item in api.request("GET", f"/apis/apps/v1/{plural}")["items"]:
                            self._settle(api, plural, item)
        finally:
            api.close()

    def _settle(self, api: Api, plural: str, item: dict[str, Any]) -> None:
        meta = item["metadata"]
        name, generation = f"{meta['namespace']}/{meta['name']}", meta["generation"]
        if item.get("status", {}).get("observedGeneration", 0) >= generation or name in self.paused:
            return
        if self._pods:
            self._replace_pod(api, plural, item)
        path = f"/apis/apps/v1/namespaces/{meta['namespace']}/{plural}/{meta['name']}/status"
        with contextlib.suppress(ApiError):  # deleted meanwhile
            api.request("PATCH", path, {"status": status_of(plural, item)}, MERGE)

    def _replace_pod(self, api: Api, plural: str, item: dict[str, Any]) -> None:
        meta = item["metadata"]
        pods, name = f"/api/v1/namespaces/{meta['namespace']}/pods", f"{meta['name'][:200]}-{plural[:2]}-0"
        with contextlib.suppress(ApiError):
            api.request("DELETE", f"{pods}/{name}?gracePeriodSeconds=0")
        try:
            api.request("POST", pods, self._pod(api, item, name))
        except ApiError as error:
            self.refused[f"{meta['namespace']}/{meta['name']}"] = str(error)
            return
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        api.request("PATCH", f"{pods}/{name}/status", {"status": ready}, MERGE)

    def _pod(self, api: Api, item: dict[str, Any], name: str) -> dict[str, Any]:
        template = item["spec"]["template"]
        namespace = api.request("GET", f"/api/v1/namespaces/{item['metadata']['namespace']}")
        spec = dict(template["spec"])
        labels = template["metadata"].get("labels", {})
        if _injects(namespace["metadata"].get("labels", {}), labels) and not spec.get("hostNetwork"):
            proxy = {"name": "istio-proxy", "image": "proxyv2", "restartPolicy": "Always"}
            spec["initContainers"] = [proxy, *spec.get("initContainers", [])]
        annotations = template["metadata"].get("annotations", {}) | {MADE_BY: "true"}
        return {"metadata": {"name": name, "labels": labels, "annotations": annotations}, "spec": spec}


def _injects(namespace: dict[str, str], pod: dict[str, str]) -> bool:
    said = pod.get("sidecar.istio.io/inject")
    wanted = namespace.get("istio-injection") == "enabled" or bool(namespace.get("istio.io/rev"))
    return said == "true" or (wanted and said != "false")


def status_of(plural: str, item: dict[str, Any]) -> dict[str, Any]:
    """Give the status of a workload whose rollout is done; `plural` as in its path."""
    seen, count = {"observedGeneration": item["metadata"]["generation"]}, item["spec"].get("replicas", 1)
    if plural == "daemonsets":
        numbers = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled")
        return seen | dict.fromkeys((*numbers, "numberAvailable"), 1) | {"numberMisscheduled": 0}
    done = seen | dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
    revision = f"r{item['metadata']['generation']}"
    return done | ({"currentRevision": revision, "updateRevision": revision} if plural == "statefulsets" else {})
