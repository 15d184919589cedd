"""What network an application's own init container has before and beside the proxy.

Source: istio/istio cni/pkg/plugin/plugin.go, injection-template.yaml of the istio-discovery chart; istio.io
setup/additional-setup/cni.
"""

from __future__ import annotations

from dataclasses import dataclass

PROXY_UID = 1337
"""Traffic of this user is never redirected."""


@dataclass(frozen=True, slots=True)
class InitNetwork:
    """The network of an init container that calls a Service.

    Attributes:
        works: Whether the call gets through; None where a fact is missing, which the reason names.
        transport: `mesh`, `plaintext` (past the proxy), `refused`, or `unknown`.
        reason: One sentence for a person.
        fix: What to do about it, or an empty string.
    """

    works: bool | None
    transport: str
    reason: str
    fix: str = ""


_NATIVE_FIX = "use native sidecars, so that the proxy starts before the application's init containers"
_BYPASS_FIX = f"{_NATIVE_FIX}; or run the init container as user {PROXY_UID}, or exclude its target from redirection"


def init_network(
    *,
    cni: bool | None,
    native: bool | None,
    ambient: bool = False,
    target_strict: bool = False,
    excluded: bool = False,
) -> InitNetwork:
    """Tell what happens when an application's init container calls a Service.

    Args:
        cni: Istio CNI sets up redirection (instead of the container istio-init); None where not known.
        native: The proxy is a native sidecar; None where not known.
        ambient: The pod is in the mesh by ambient mode, without a sidecar.
        target_strict: The callee accepts mTLS only.
        excluded: The init container runs as `PROXY_UID`, or its target is excluded by annotation.
    """
    if ambient:
        return InitNetwork(True, "mesh", "ztunnel captures the pod from its first container on")
    if excluded:
        return _past_the_proxy("the init container is not redirected", target_strict)
    outcomes = {
        _classic(redirected, target_strict) if not is_native else _NATIVE
        for is_native in ((True, False) if native is None else (native,))
        for redirected in ((True, False) if cni is None else (cni,))
    }
    if len(outcomes) == 1:
        return outcomes.pop()
    return _undecided(outcomes, cni, native)


_NATIVE = InitNetwork(True, "mesh", "a native sidecar starts before the application's init containers")


def _classic(cni: bool, target_strict: bool) -> InitNetwork:
    if cni:
        reason = "Istio CNI redirects the traffic to a proxy that does not run yet"
        return InitNetwork(False, "refused", reason, _BYPASS_FIX)
    return _past_the_proxy("the init container runs before istio-init redirects anything", target_strict)


def _past_the_proxy(reason: str, target_strict: bool) -> InitNetwork:
    if not target_strict:
        return InitNetwork(True, "plaintext", f"{reason}; the call goes out in plaintext, past the proxy")
    fix = f"{_NATIVE_FIX}; or keep the callee's port PERMISSIVE"
    return InitNetwork(False, "plaintext", f"{reason}, and the callee refuses plaintext (STRICT)", fix)


def _undecided(outcomes: set[InitNetwork], cni: bool | None, native: bool | None) -> InitNetwork:
    """Join outcomes that differ; where all fail, the missing fact does not matter for the answer."""
    facts = (("whether sidecars are native", native), ("whether Istio CNI is installed", cni))
    missing = " and ".join(name for name, value in facts if value is None)
    works = {outcome.works for outcome in outcomes}
    if works == {False}:
        return InitNetwork(False, "unknown", f"it fails either way; not known: {missing}", _BYPASS_FIX)
    return InitNetwork(True if works == {True} else None, "unknown", f"not known: {missing}", _NATIVE_FIX)
