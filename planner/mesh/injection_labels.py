"""What is wrong with the labels that ask for injection: typing errors, contradictions, labels without effect.

Source: istio/istio pkg/kube/inject/inject.go, mutatingwebhook.yaml of the istio-discovery chart,
cni/pkg/util/enablement_selector.go. None of these but IST0123 is found by `istioctl analyze`
(pkg/config/analysis/msg/messages.yaml).
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.mesh.webhooks import INJECT, INJECTION, REVISION, Installed

DATAPLANE_MODE = "istio.io/dataplane-mode"
"""Label of a namespace or a pod: `ambient`, or `none` to stay out."""


def label_problems(
    namespace_labels: Mapping[str, str],
    pod_labels: Mapping[str, str],
    pod_annotations: Mapping[str, str],
    installed: Installed,
) -> tuple[str, ...]:
    """List what is wrong with the labels of a namespace and of one pod template, one sentence each.

    Pass empty mappings for the pod to look at a namespace alone.
    """
    return (
        *_namespace_problems(namespace_labels, installed),
        *_pod_problems(namespace_labels, pod_labels, installed),
        *_annotation_problems(namespace_labels, pod_labels, pod_annotations, installed),
    )


def _namespace_problems(labels: Mapping[str, str], installed: Installed) -> list[str]:
    found = []
    injection, revision = labels.get(INJECTION), labels.get(REVISION)
    if injection is not None and injection not in ("enabled", "disabled"):
        found.append(f"{INJECTION}={injection} is neither 'enabled' nor 'disabled'; it silently turns injection off")
    if injection is not None and revision is not None:
        found.append(
            f"{INJECTION} and {REVISION} are both set; {INJECTION} wins and {REVISION}={revision} has no effect"
        )
    elif revision is not None and not installed.knows(revision):
        found.append(f"{REVISION}={revision} names no installed revision or tag; nothing is injected")
    if injection == "enabled" and not installed.knows("default"):
        found.append(f"{INJECTION}=enabled has no effect: there is no default revision and no tag 'default'")
    if labels.get(DATAPLANE_MODE) == "ambient" and (injection == "enabled" or revision is not None):
        found.append(f"{DATAPLANE_MODE}=ambient and a label for sidecars are both set; new pods get a sidecar")
    return found


def _pod_problems(namespace: Mapping[str, str], labels: Mapping[str, str], installed: Installed) -> list[str]:
    found = []
    inject, revision = labels.get(INJECT), labels.get(REVISION)
    if inject is not None and inject not in ("true", "false"):
        found.append(f"label {INJECT}={inject} is neither 'true' nor 'false'; it has no effect")
    if inject == "true" and namespace.get(INJECTION, "enabled") != "enabled":
        found.append(f"label {INJECT}=true has no effect while the namespace says {INJECTION}={namespace[INJECTION]}")
    if inject == "false" and revision is not None:
        found.append(f"{INJECT}=false and {REVISION}={revision} are both set; nothing is injected")
    if revision is None:
        return found
    if INJECTION in namespace or REVISION in namespace:
        found.append(f"the pod's {REVISION}={revision} has no effect, because the namespace decides")
    elif not installed.knows(revision):
        found.append(f"the pod's {REVISION}={revision} names no installed revision or tag; nothing is injected")
    return found


def _annotation_problems(
    namespace: Mapping[str, str], labels: Mapping[str, str], annotations: Mapping[str, str], installed: Installed
) -> list[str]:
    value = annotations.get(INJECT)
    if value is None:
        return []
    if INJECT in labels:
        same = labels[INJECT] == value
        return [] if same else [f"annotation {INJECT}={value} is ignored, because the label {INJECT} is set too"]
    if value not in ("true", "false"):
        return [f"annotation {INJECT}={value} is neither 'true' nor 'false'; it has no effect"]
    asked = INJECTION in namespace or REVISION in namespace or REVISION in labels
    if value == "true" and not asked and not installed.enable_namespaces_by_default:
        return [f"annotation {INJECT}=true alone calls no webhook; set it as a label"]
    return []
