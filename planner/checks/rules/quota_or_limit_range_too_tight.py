"""Namespaces without room for one more container in each pod.

What it finds:
    ResourceQuotas that the pods with their proxies would exceed, and LimitRanges that refuse the proxy's own
    requests and limits. Chart defaults are taken where the pod template does not say otherwise.

Why it matters:
    The pod is refused when it is created, so the rollout stands still and the next lost pod is not replaced.

Blocked:
    kind: ResourceQuota
    spec:
      hard:
        limits.cpu: "6"        # 5 pods use 4 already, and 5 proxies want 10

Ready:
    kind: ResourceQuota
    spec:
      hard:
        limits.cpu: "20"

How to fix:
    Raise the quota or the range, or give the proxies smaller values by all four `sidecar.istio.io/proxy…` annotations.

Source: istio/istio manifests/charts/istio-control values.yaml, injection-template.yaml of the istio-discovery chart
(one annotation drops all four defaults); Kubernetes documentation of ResourceQuota and LimitRange.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.quantities import parse, show
from planner.checks.room import Need, needs, quota_key, range_problems
from planner.model.fields import Path, map_at, maps_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject

RULE = Rule(
    id="MP113",
    name="quota-or-limit-range-too-tight",
    title="The namespace has no room for the proxies",
    severity=Severity.HIGH,
    why="Pods with a proxy are refused when they are created.",
    fix="Raise it, or give the proxies smaller values by all four `sidecar.istio.io/proxy…` annotations.",
    kinds=("ResourceQuota", "LimitRange"),
    before=Before.LABEL,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every quota and every range that the proxies do not fit into."""
    for quota in context.of_kind("ResourceQuota"):
        need = needs(context.inventory.workloads_in(quota.ref.namespace))
        found = tuple(_exceeded(quota, need))
        if found:
            message = f"has no room for {need.proxies} proxies: " + "; ".join(text for _, text in found)
            where = tuple(cite(RULE, quota, path) for path, _ in found)
            yield finding(RULE, quota.ref, message, where, outcome=_outcome(need), confidence=0.8)
    for limits in context.of_kind("LimitRange"):
        yield from _ranges(context, limits)


def _outcome(need: Need) -> Outcome:
    # What a DaemonSet uses depends on the nodes; one pod of it is counted.
    return Outcome.UNKNOWN if need.uncertain else Outcome.BLOCKED


def _exceeded(quota: KubeObject, need: Need) -> Iterator[tuple[Path, str]]:
    for key, value in sorted(map_at(quota.raw, "spec", "hard").items()):
        measured, hard = quota_key(key), parse(value)
        if measured is None or hard is None:
            continue
        used, more = need.used.get(measured, 0.0), need.more.get(measured, 0.0)
        if used <= hard < used + more:
            text = f"{key} is {value}, its pods want {show(used, measured)} and the proxies {show(more, measured)}"
            yield ("spec", "hard", key), text


def _ranges(context: Context, limits: KubeObject) -> Iterator[Finding]:
    workloads = context.inventory.workloads_in(limits.ref.namespace)
    found = [
        (("spec", "limits", index, field, resource), text)
        for index, item in maps_at(limits.raw, "spec", "limits")
        for field, resource, text in range_problems(item, workloads)
    ]
    if found:
        message = "refuses the proxy: " + "; ".join(dict.fromkeys(text for _, text in found))
        where = tuple(cite(RULE, limits, path) for path, _ in found)
        yield finding(RULE, limits.ref, message, where)
