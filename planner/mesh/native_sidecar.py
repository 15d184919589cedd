"""Whether the proxy runs as a native sidecar, and whether a Job ends beside it.

Source: istio/istio pilot/pkg/features, pkg/kube/inject/webhook.go DetectNativeSidecar, and injection-template.yaml
of the istio-discovery chart.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.versions import Version

ANNOTATION = "sidecar.istio.io/nativeSidecar"
"""Annotation of a pod that overrides the mesh's setting (≥1.24)."""

QUIT_CALL = "POST http://localhost:15020/quitquitquit"
"""What a Job sends at its end so that a classic sidecar stops (≥1.3)."""


@dataclass(frozen=True, slots=True)
class NativeSidecar:
    """Whether the proxy is an init container that keeps running.

    Attributes:
        enabled: None where a fact is missing; the reason names it.
        reason: One sentence for a person.
    """

    enabled: bool | None
    reason: str


def native_sidecars(
    istio: Version, kubernetes: Version | None, annotation: str | None = None, flag: str | None = None
) -> NativeSidecar:
    """Tell whether a pod's proxy is a native sidecar.

    Args:
        istio: The version that injects.
        kubernetes: The oldest kubelet among the nodes, None where not known.
        annotation: Value of `ANNOTATION` on the pod template, None where absent.
        flag: Value of istiod's ENABLE_NATIVE_SIDECARS (`true`, `false`, `auto`), None where not set.
    """
    if not istio.at_least(1, 19):
        return NativeSidecar(False, f"Istio {istio.line} has no native sidecars (1.19 and newer have)")
    wish, why = _wish(istio, annotation, flag)
    if wish == "false":
        return NativeSidecar(False, why)
    needed = 33 if wish == "auto" else 29
    if kubernetes is None:
        return NativeSidecar(None, f"{why}; the kubelet version of the nodes is not known (1.{needed} is needed)")
    if kubernetes.at_least(1, needed):
        return NativeSidecar(True, f"{why}; every kubelet is at least 1.{needed}")
    if wish == "auto":
        return NativeSidecar(False, f"{why}; a kubelet is {kubernetes.line}, older than 1.33")
    # The API server drops the unknown restartPolicy, and the proxy becomes an init container that never ends.
    return NativeSidecar(False, f"{why}, but Kubernetes {kubernetes.line} cannot run one (1.29 and newer can)")


def _wish(istio: Version, annotation: str | None, flag: str | None) -> tuple[str, str]:
    """Give `true`, `false` or `auto`, and where that comes from."""
    if annotation is not None and istio.at_least(1, 24):
        # From 1.27 on any value but "false" enables; before, only "true" does.
        on = annotation != "false" if istio.at_least(1, 27) else annotation == "true"
        return ("true" if on else "false"), f"annotation {ANNOTATION}={annotation}"
    if flag is not None and flag.lower() in ("true", "false"):
        return flag.lower(), f"ENABLE_NATIVE_SIDECARS={flag}"
    if istio.at_least(1, 27):
        return "auto", f"Istio {istio.line} decides by the kubelets"
    return "false", f"native sidecars are off by default in Istio {istio.line}"


@dataclass(frozen=True, slots=True)
class JobEnd:
    """Whether a Job's pod ends once its work is done.

    Attributes:
        ends: None where a fact is missing; the reason names it.
        reason: One sentence for a person.
        fix: What to do about it, or an empty string.
    """

    ends: bool | None
    reason: str
    fix: str = ""


def job_ends(mode: str, native: NativeSidecar | None = None, *, quits: bool = False) -> JobEnd:
    """Tell whether the pod of a Job or CronJob ends beside the proxy.

    Args:
        mode: `none` (not in the mesh), `sidecar` or `ambient`.
        native: What `native_sidecars` says of the pod; only asked for `sidecar`.
        quits: The Job is known to call `QUIT_CALL` at its end.

    A Job kept out of the mesh ends, but its calls to a STRICT callee fail; `transport.outcome` tells about that.
    """
    if mode == "ambient":
        return JobEnd(True, "ambient adds no container to the pod")
    if mode != "sidecar":
        return JobEnd(True, "the pod has no sidecar")
    if native is not None and native.enabled:
        return JobEnd(True, f"the sidecar is native and ends with the pod ({native.reason})")
    if quits:
        return JobEnd(True, "the Job tells its sidecar to quit")
    why = native.reason if native else "it is not known whether sidecars are native"
    if native is None or native.enabled is None:
        return JobEnd(None, why, f"state the kubelet and Istio versions, or set the label {_OPT_OUT}")
    fix = f"use native sidecars, or end the Job with {QUIT_CALL}, or keep it out with the label {_OPT_OUT}"
    return JobEnd(False, f"a classic sidecar keeps running after the Job is done ({why})", fix)


_OPT_OUT = 'sidecar.istio.io/inject: "false"'
