"""Autoscalers that would count the proxy's use of the processor or the memory.

What it finds:
    HorizontalPodAutoscalers with a metric of the type `Resource`.

Why it matters:
    Such a metric adds up all containers of a pod. With the proxy beside it the average changes, so the number
    of pods changes on the day of the restart.

Blocked:
    metrics:
      - type: Resource
        resource:
          name: cpu

Ready:
    metrics:
      - type: ContainerResource
        containerResource:
          name: cpu
          container: app

How to fix:
    Measure the application's container alone (`ContainerResource`), or watch the number of pods and tune it.

Source: Kubernetes HorizontalPodAutoscaler v2.
Unverified: from which Kubernetes version on `ContainerResource` is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import joined
from planner.model.fields import Path, int_at, maps_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject

RULE = Rule(
    id="MP119",
    name="autoscaler-counts-the-proxy",
    title="The autoscaler adds up the proxy with the application",
    severity=Severity.LOW,
    why="The point at which it scales moves on the day of the restart.",
    fix="Measure the application's container alone (`ContainerResource`), or watch it after the restart and tune it.",
    kinds=("HorizontalPodAutoscaler",),
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every autoscaler that measures whole pods."""
    for scaler in context.of_kind("HorizontalPodAutoscaler"):
        found = tuple(_whole_pods(scaler))
        if found:
            target = text_at(scaler.raw, "spec", "scaleTargetRef", "name")
            names = joined([name for _, name in found])
            message = f"scales {target} by the {names} of whole pods, so the proxy counts too"
            where = tuple(cite(RULE, scaler, path, name) for path, name in found)
            yield finding(RULE, scaler.ref, message, where, outcome=Outcome.ADVICE)


def _whole_pods(scaler: KubeObject) -> Iterator[tuple[Path, str]]:
    for index, metric in maps_at(scaler.raw, "spec", "metrics"):
        name = text_at(metric, "resource", "name")
        if text_at(metric, "type") == "Resource" and name:
            yield ("spec", "metrics", index, "resource", "name"), name
    if int_at(scaler.raw, "spec", "targetCPUUtilizationPercentage") is not None:
        yield ("spec", "targetCPUUtilizationPercentage"), "cpu"
