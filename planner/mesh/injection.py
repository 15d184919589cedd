"""Whether a new pod gets a sidecar, by which revision, and why.

Two layers decide: the webhooks' selectors (`webhooks.call`), then the injector itself.

Source: istio/istio pkg/kube/inject/inject.go injectRequired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.mesh.injection_labels import label_problems
from planner.mesh.label_selector import is_empty, matches
from planner.mesh.webhooks import INJECT, INJECTION, REVISION, SYSTEM_NAMESPACES, Installed, call

__all__ = ["INJECT", "INJECTION", "REVISION", "Decision", "Installed", "decide", "label_problems"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a new pod.

    Attributes:
        injected: The pod gets a sidecar.
        revision: The revision or tag that injects, None where none does.
        reason: One sentence for a person.
        rule: What decided: `host-network`, `system-namespace`, `no-webhook`, `declined`, `never-selector`,
            `policy-disabled`, or the name of the webhook that injects (`namespace`, `rev.namespace`, `object` …).
    """

    injected: bool
    revision: str | None
    reason: str
    rule: str


def decide(
    namespace_name: str,
    namespace_labels: Mapping[str, str],
    pod_labels: Mapping[str, str],
    pod_annotations: Mapping[str, str],
    host_network: bool,
    installed: Installed,
) -> Decision:
    """Decide as the API server and the injector would when the pod is created.

    Only the template's labels and annotations count; those of the Deployment around it do not.
    """
    # First what no label can change, since that is the answer a person needs.
    if host_network:
        return Decision(False, None, "a pod on the host's network is never injected", "host-network")
    if namespace_name in SYSTEM_NAMESPACES:
        return Decision(False, None, f"nothing is injected in {namespace_name}", "system-namespace")
    called = call(namespace_name, namespace_labels, pod_labels, installed)
    if not called.webhook:
        return Decision(False, None, called.reason, "no-webhook")
    declined = _declined(pod_labels, pod_annotations, installed)
    if declined:
        return Decision(False, None, declined[1], declined[0])
    return Decision(True, called.revision, called.reason, called.webhook)


def _declined(
    labels: Mapping[str, str], annotations: Mapping[str, str], installed: Installed
) -> tuple[str, str] | None:
    """Give rule and reason where the injector was called and says no."""
    source, value = ("label", labels[INJECT]) if INJECT in labels else ("annotation", annotations.get(INJECT, ""))
    if value == "true":
        return None
    if value == "false":
        return "declined", f"the pod's {source} {INJECT} is false"
    # Anything else, such as "True" or "no", is ignored with a line in the injector's log.
    if _any_matches(installed.never_inject, labels):
        return "never-selector", "the injector's neverInjectSelector matches the pod"
    if installed.policy_enabled or _any_matches(installed.always_inject, labels):
        return None
    return "policy-disabled", "the injector's policy is off and the pod does not ask for injection"


def _any_matches(selectors: tuple[Mapping[str, Any], ...], labels: Mapping[str, str]) -> bool:
    # The injector passes over an empty selector rather than letting it match everything.
    return any(not is_empty(selector) and matches(selector, labels) for selector in selectors)
