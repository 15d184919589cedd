"""Whether a workload has replaced its pods, as `kubectl rollout status` sees it.

Source: kubernetes/kubectl pkg/polymorphichelpers/rollout_status.go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.model.fields import dig, int_at, maps_at, text_at
from planner.model.refs import Ref
from planner.operate.actions import WORKLOADS
from planner.operate.live import Live
from planner.operate.refusal import RefusedError

PROXY = "istio-proxy"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a workload is.

    Attributes:
        ready: Whether all its pods are of the newest template and available.
        text: In words.
        failed: Whether waiting longer is of no use.
    """

    ready: bool
    text: str
    failed: bool = False


def readiness(raw: Mapping[str, Any]) -> Readiness:
    """Judge a Deployment, StatefulSet or DaemonSet."""
    if (int_at(raw, "status", "observedGeneration") or 0) < (int_at(raw, "metadata", "generation") or 0):
        return Readiness(False, "its controller has not seen the change yet")
    judge = {"DaemonSet": _daemon_set, "StatefulSet": _stateful_set}.get(text_at(raw, "kind"), _deployment)
    return judge(raw)


def _count(raw: Mapping[str, Any], name: str) -> int:
    return int_at(raw, "status", name) or 0


def _deployment(raw: Mapping[str, Any]) -> Readiness:
    for _, condition in maps_at(raw, "status", "conditions"):
        if text_at(condition, "type") == "Progressing" and text_at(condition, "reason") == "ProgressDeadlineExceeded":
            return Readiness(False, "it has exceeded its progress deadline", failed=True)
    wanted = int_at(raw, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    updated, available = _count(raw, "updatedReplicas"), _count(raw, "availableReplicas")
    if updated < wanted:
        return Readiness(False, f"{updated} of {wanted} pods are new")
    old = _count(raw, "replicas") - updated
    if old > 0:
        return Readiness(False, f"{old} old pods are still ending")
    return Readiness(available >= updated, f"{available} of {updated} new pods are available")


def _daemon_set(raw: Mapping[str, Any]) -> Readiness:
    wanted, updated = _count(raw, "desiredNumberScheduled"), _count(raw, "updatedNumberScheduled")
    if updated < wanted:
        return Readiness(False, f"{updated} of {wanted} pods are new")
    available = _count(raw, "numberAvailable")
    return Readiness(available >= wanted, f"{available} of {wanted} new pods are available")


def _stateful_set(raw: Mapping[str, Any]) -> Readiness:
    wanted = int_at(raw, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    ready, updated = _count(raw, "readyReplicas"), _count(raw, "updatedReplicas")
    if ready < wanted:
        return Readiness(False, f"{ready} of {wanted} pods are ready")
    partition = int_at(raw, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    if partition:
        goal = wanted - partition
        return Readiness(updated >= goal, f"{updated} of {goal} pods are new (partition {partition})")
    newest = text_at(raw, "status", "updateRevision") == text_at(raw, "status", "currentRevision")
    return Readiness(newest, f"{updated} of {wanted} pods are new")


def wait(
    live: Live, ref: Ref, timeout: float, hint: str, sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> str:  # fmt: skip
    """Wait until a workload has replaced its pods.

    Args:
        live: The cluster.
        ref: The workload.
        timeout: Seconds.
        hint: What to do when it does not become ready.
        sleep: Waits.
        clock: Tells the time in seconds.

    Returns:
        How ready it is, in words.

    Raises:
        RefusedError: It did not become ready in time.
    """
    end, pause = clock() + timeout, _FIRST_PAUSE
    while True:
        raw = live.get(WORKLOADS, ref)
        state = readiness(raw) if raw is not None else Readiness(False, "the object does not exist", failed=True)
        if state.ready:
            return state.text
        if state.failed or clock() >= end:
            when = "" if state.failed else f" after {timeout:.0f} s"
            raise RefusedError(f"{ref} is not ready{when}: {state.text}; the step stops here", hint, "rollout")
        sleep(min(pause, max(end - clock(), 0.01)))
        pause = min(pause * 2, _LONGEST_PAUSE)


def with_proxy(pod: Mapping[str, Any]) -> bool:
    """Tell whether a pod has the proxy, as a container or as a native sidecar."""
    kinds = ("containers", "initContainers")
    return any(text_at(item, "name") == PROXY for kind in kinds for _, item in maps_at(pod, "spec", kind))


def running(pods: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """Keep the pods that run and are not on their way out."""
    return tuple(
        pod
        for pod in pods
        if text_at(pod, "status", "phase") == "Running" and dig(pod, "metadata", "deletionTimestamp") is None
    )
