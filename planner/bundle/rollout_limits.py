"""What stands in the way of replacing pods, and what to watch while it happens.

Source: kubernetes/kubernetes staging/src/k8s.io/kubectl (polymorphichelpers: what can be restarted);
Kubernetes documentation of Pods (a pod never gets containers later) and of the update strategies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.bundle.ownership import owner
from planner.mesh.label_selector import matches
from planner.model.fields import dig, int_at, map_at, maps_at, strings_at, text_at
from planner.model.inventory import Inventory
from planner.model.workloads import Workload

ROLLING_KINDS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know before a restart; `by_hand` where a person must act."""

    text: str
    by_hand: bool = False


def cannot_restart(workload: Workload) -> str:
    """Say what a person must do where no command of meshplan replaces the pods; empty where one does."""
    ref, name = workload.ref, workload.ref.text
    kind, where = ref.kind, f"-n {ref.namespace}"
    operator = owner(workload.object).operator
    if kind in ("CronJob", "Job"):
        return ""  # kubectl restarts neither: a CronJob's next run has a proxy, a Job's template cannot change
    if operator:
        return f"{kind} {name} belongs to {operator}: restart its pods through that operator."
    if kind == "Pod":
        return f"Pod {name} has no controller: delete it and create it again from its manifest."
    if kind in ("ReplicaSet", "ReplicationController"):
        return f"{kind} {name} does not replace running pods: delete them one by one, it makes new ones."
    if kind not in ROLLING_KINDS:
        return _custom(workload)
    if text_at(workload.object.raw, "spec", "updateStrategy", "type") == "OnDelete":
        return (
            f"{kind} {name} replaces pods only when they are deleted (OnDelete): delete them one by one "
            f"(kubectl delete pod {where} …) and wait for each."
        )
    if dig(workload.object.raw, "spec", "paused") is True:
        return f"Deployment {name} is paused: kubectl rollout resume deployment/{ref.name} {where}, then restart it."
    return ""


def _custom(workload: Workload) -> str:
    """Name the command of a known controller, else the object whose template makes new pods when it changes.

    Source: the documentation of Argo Rollouts, of OpenShift's DeploymentConfigs and of Knative's revisions.
    """
    ref, group = workload.ref, workload.object.group
    if (ref.kind, group) == ("Rollout", "argoproj.io"):
        return f"{ref}: kubectl argo rollouts restart {ref.name} -n {ref.namespace}"
    if (ref.kind, group) == ("DeploymentConfig", "apps.openshift.io"):
        return f"{ref}: oc rollout latest dc/{ref.name} -n {ref.namespace}"
    if group == "serving.knative.dev":
        return f"{ref} ({group}): change an annotation at spec.template.metadata.annotations; it makes a new revision."
    return f"{ref} ({group}): touch its pod template at spec.template, so that its controller makes new pods."


def cautions(workload: Workload, inventory: Inventory) -> Iterator[Caution]:
    """Yield what to watch while the pods of a workload are replaced."""
    name, raw = f"{workload.ref.kind} {workload.ref.text}", workload.object.raw
    recreate = text_at(raw, "spec", "strategy", "type") == "Recreate"
    if recreate:
        yield Caution(f"{name} stops all its pods before it starts new ones (Recreate): plan a short outage.", True)
    elif workload.ref.kind == "StatefulSet" and workload.replicas == 1:
        yield Caution(f"{name} has one pod: it is away for as long as its new pod needs to start.", True)
    partition = int_at(raw, "spec", "updateStrategy", "rollingUpdate", "partition")
    if partition:
        yield Caution(f"{name} has partition {partition}: pods below that number are not replaced; lower it.", True)
    if workload.ref.kind == "DaemonSet":
        yield Caution(f"{name} is replaced node by node, without a spare pod on the node.")
    for budget in inventory.of_kind("PodDisruptionBudget"):
        if budget.ref.namespace == workload.ref.namespace and _forbids(budget.raw, workload):
            yield Caution(
                f"{budget.ref} allows no pod of {name} to be evicted; a rolling update goes ahead all the same"
            )


def _forbids(raw: object, workload: Workload) -> bool:
    selector = dig(raw, "spec", "selector")
    if selector is None or not matches(selector, workload.labels):
        return False
    most, least = dig(raw, "spec", "maxUnavailable"), dig(raw, "spec", "minAvailable")
    if most is not None:
        return most in (0, "0", "0%")
    number = int_at(raw, "spec", "minAvailable")
    return least == "100%" or (number is not None and number >= workload.replicas)


def pod_selector(workload: Workload) -> str:
    """Write the selector of a workload's pods as `kubectl -l` takes it."""
    raw = workload.object.raw
    found = [f"{key}={value}" for key, value in sorted(strings_at(raw, "spec", "selector", "matchLabels").items())]
    for _, item in maps_at(raw, "spec", "selector", "matchExpressions"):
        found.extend(_requirement(text_at(item, "key"), text_at(item, "operator"), dig(item, "values")))
    if not found and workload.ref.kind == "ReplicationController":
        found = [f"{key}={value}" for key, value in sorted(map_at(raw, "spec", "selector").items())]
    return ",".join(found)


def _requirement(key: str, operator: str, values: object) -> list[str]:
    listed = ",".join(str(value) for value in values) if isinstance(values, list) else ""
    forms = {
        "In": f"{key} in ({listed})",
        "NotIn": f"{key} notin ({listed})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return [forms[operator]] if operator in forms and key else []
