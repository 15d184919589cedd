"""Which workloads can ever have a proxy, and which stay plaintext callers for good."""

from __future__ import annotations

from planner.mesh.native_sidecar import job_ends
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.refs import Ref
from planner.model.workloads import Workload
from planner.plan.facts import Facts

_INJECT = "sidecar.istio.io/inject"


class Membership:
    """Answers for one snapshot whether a workload joins with its namespace."""

    def __init__(self, inventory: Inventory, facts: Facts) -> None:
        self._inventory = inventory
        self._facts = facts
        self._plaintext: dict[Ref, str] = {}

    def never(self, workload: Workload) -> str:
        """Say why a workload has no proxy even when its namespace joins; empty where it has one."""
        if workload.host_network:
            return "uses the host network"
        if workload.labels.get(_INJECT) == "false":
            return "opts out by its pod label"
        if _INJECT not in workload.labels and workload.annotations.get(_INJECT) == "false":
            return "opts out by its annotation"
        if self.opts_out(workload):
            return "would never end beside a classic sidecar, so it is opted out"
        return ""

    def opts_out(self, workload: Workload) -> bool:
        """Whether the plan itself keeps a Job or CronJob out of the mesh."""
        if workload.ref.kind not in ("Job", "CronJob"):
            return False
        return job_ends("sidecar", self._facts.native).ends is not True

    def calls_plaintext(self, flow: Flow) -> str:
        """Say why a call stays plaintext although its caller's namespace joined; empty where it does not.

        An init container runs before a classic sidecar: it calls directly, or not at all.
        Source: istio.io ops/deployment/application-requirements; istio.io setup/additional-setup/cni.
        """
        plaintext = self.is_plaintext(flow.source)
        if plaintext:
            return plaintext
        early = all(".initContainers[" in item.field for item in flow.evidence)
        if early and self._facts.native.enabled is not True:
            return "calls it from an init container, which runs before the proxy"
        return ""

    def is_plaintext(self, ref: Ref) -> str:
        """Say why a caller speaks plaintext even from a namespace that joined; empty where it does not."""
        if ref not in self._plaintext:
            workload = self._inventory.workload(ref)
            made = "its pods are made by an operator, so nobody knows whether they are injected"
            self._plaintext[ref] = made if workload is None else self.never(workload)
        return self._plaintext[ref]
