"""Which of Istio's injection webhooks the API server calls for a new pod.

Source: istio/istio manifests/charts/istio-control/istio-discovery/templates (mutatingwebhook.yaml, revision-tags).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

INJECTION = "istio-injection"
"""Label of a namespace: `enabled` or `disabled`."""

REVISION = "istio.io/rev"
"""Label of a namespace or a pod: a revision or a revision tag."""

INJECT = "sidecar.istio.io/inject"
"""Label of a pod (and annotation, which no webhook looks at): the text `true` or `false`."""

SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
"""Namespaces in which the injector declines whatever the labels say."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What of the injector is installed in the cluster.

    Attributes:
        revisions: Revisions and revision tags that have a webhook; an installation without a revision is `default`.
        default_tag: The tag `default` exists, so the labels without a revision work too. `istioctl install` makes
            it with the first revision, Helm does not.
        enable_namespaces_by_default: Chart value `enableNamespacesByDefault`.
        policy_enabled: The injector's policy (chart value `autoInject`) is `enabled`.
        never_inject: `neverInjectSelector` of the injector's configuration, as raw label selectors.
        always_inject: `alwaysInjectSelector`, likewise.
    """

    revisions: frozenset[str] = frozenset({"default"})
    default_tag: bool = True
    enable_namespaces_by_default: bool = False
    policy_enabled: bool = True
    never_inject: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    always_inject: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    def knows(self, revision: str) -> bool:
        """Tell whether a webhook exists for this revision or tag."""
        return revision in self.revisions or (revision == "default" and self.default_tag)


@dataclass(frozen=True, slots=True)
class Call:
    """The outcome of the webhooks' selectors.

    Attributes:
        webhook: Name of the webhook that is called, or an empty string.
        revision: The revision or tag that answers, or None.
        reason: One sentence for a person.
    """

    webhook: str
    revision: str | None
    reason: str


def call(
    namespace: str, namespace_labels: Mapping[str, str], pod_labels: Mapping[str, str], installed: Installed
) -> Call:
    """Tell which webhook is called when this pod is created."""
    if pod_labels.get(INJECT) == "false":
        return Call("", None, f"the pod's label {INJECT} is false, so no webhook is called")
    if INJECTION in namespace_labels:
        return _by_injection_label(namespace_labels[INJECTION], installed)
    if REVISION in namespace_labels:
        return _by_revision(namespace_labels[REVISION], "rev.namespace", "the namespace", installed)
    if REVISION in pod_labels:
        return _by_revision(pod_labels[REVISION], "rev.object", "the pod", installed)
    if pod_labels.get(INJECT) == "true":
        return _by_default("object", f"the pod's label {INJECT} is true", installed)
    if installed.enable_namespaces_by_default and INJECT not in pod_labels and namespace not in SYSTEM_NAMESPACES:
        return _by_default("auto", "injection is on for every namespace without a label", installed)
    return Call("", None, "neither the namespace nor the pod has a label that asks for injection")


def _by_injection_label(value: str, installed: Installed) -> Call:
    if value == "enabled":
        return _by_default("namespace", f"the namespace's label {INJECTION} is enabled", installed)
    # Whatever the value is, the label's mere presence rules out every other webhook.
    return Call("", None, f"the namespace's label {INJECTION} is {value!r}; only 'enabled' injects")


def _by_revision(revision: str, webhook: str, owner: str, installed: Installed) -> Call:
    if installed.knows(revision):
        return Call(webhook, revision, f"{owner} has the label {REVISION}={revision}")
    return Call("", None, f"{owner} has the label {REVISION}={revision}, but no such revision or tag is installed")


def _by_default(webhook: str, why: str, installed: Installed) -> Call:
    if installed.knows("default"):
        return Call(webhook, "default", why)
    return Call("", None, f"{why}, but no default revision or tag 'default' is installed to hear it")
