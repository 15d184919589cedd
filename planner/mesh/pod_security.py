"""Whether Pod Security Admission lets an injected pod in.

Source: Kubernetes Pod Security Standards and pod-security-admission check_seccompProfile_restricted.go.
istio.io ops/deployment/application-requirements says that baseline is enough without CNI; the standard says it
is not, and the standard is what runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.versions import Version

ENFORCE = "pod-security.kubernetes.io/enforce"
"""Label of a namespace: `privileged`, `baseline` or `restricted`."""

_SECCOMP_ALLOWED = frozenset({"RuntimeDefault", "Localhost"})


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether injected pods are admitted.

    Attributes:
        outcome: `ok`, `rejected`, or `depends` on a fact that the reason names.
        reason: One sentence for a person.
        fix: What to do about it, or an empty string.
    """

    outcome: str
    reason: str
    fix: str = ""


def admission(
    enforce: str | None,
    cni: bool | None,
    istio: Version,
    *,
    ambient: bool = False,
    pod_seccomp: str | None = None,
    proxy_seccomp: bool | None = None,
) -> Admission:
    """Tell whether a pod of this namespace is admitted once it has a proxy.

    Args:
        enforce: Value of the namespace's label `ENFORCE`; None or empty where it has none.
        cni: Istio CNI is installed, so no privileged istio-init is needed; None where not known.
        istio: The version that injects.
        ambient: The pod joins by ambient mode, which changes no pod.
        pod_seccomp: `spec.securityContext.seccompProfile.type` of the pod, None where not set.
        proxy_seccomp: The chart value `global.proxy.seccompProfile` is set; None where not known.

    The application itself must satisfy the level too; it does already where its pods are running.
    """
    if ambient:
        return Admission("ok", "ambient changes nothing in the pod")
    if not enforce or enforce == "privileged":
        return Admission("ok", "the namespace enforces no level (a cluster-wide default is not visible here)")
    if enforce not in ("baseline", "restricted"):
        return Admission("depends", f"the label {ENFORCE}={enforce} is no level that Kubernetes knows", "correct it")
    if cni is None:
        return Admission("depends", f"{enforce} allows a proxy only with Istio CNI; not known: is it installed")
    if not cni:
        fix = "install Istio CNI, use ambient mode, or lower the level of the namespace"
        return Admission("rejected", f"{enforce} forbids NET_ADMIN and NET_RAW, which istio-init needs", fix)
    if enforce == "baseline":
        return Admission("ok", "with Istio CNI the proxy needs no capability")
    return _restricted(istio, pod_seccomp, proxy_seccomp)


def _restricted(istio: Version, pod_seccomp: str | None, proxy_seccomp: bool | None) -> Admission:
    """Decide on the seccomp profile, the one thing that restricted asks of the proxy beside CNI."""
    if pod_seccomp in _SECCOMP_ALLOWED:
        return Admission("ok", f"the pod's seccomp profile {pod_seccomp} holds for the proxy too")
    fix = "set spec.securityContext.seccompProfile.type: RuntimeDefault on the pod template"
    if not istio.at_least(1, 28):
        return Admission("rejected", "restricted asks for a seccomp profile and the proxy has none", fix)
    if proxy_seccomp:
        return Admission("ok", "the chart gives the proxy a seccomp profile")
    fix += ", or global.proxy.seccompProfile.type in the chart"
    if proxy_seccomp is None:
        return Admission("depends", "restricted asks for a seccomp profile; not known: does the chart set one", fix)
    return Admission("rejected", "restricted asks for a seccomp profile and neither pod nor chart sets one", fix)
