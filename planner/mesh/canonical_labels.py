"""Which labels of a pod name the application and its version for Istio's telemetry.

Source: istio/istio injection-template.yaml of the istio-discovery chart, pkg/kube/labels/labels.go (canonical name and
revision), releasenotes/notes/58436.yaml (what `source_app` and `destination_app` read).
"""

from __future__ import annotations

from planner.mesh.versions import Version

NAME = "app.kubernetes.io/name"
"""Recommended by Kubernetes; the canonical name prefers it to `app`."""

VERSION = "app.kubernetes.io/version"
"""Recommended by Kubernetes; the canonical revision prefers it to `version`."""


def reads_recommended(istio: Version) -> bool:
    """Tell whether this Istio's telemetry falls back to the labels that Kubernetes recommends.

    From 1.30 on `source_app` and `destination_app` read `app`, then `app.kubernetes.io/name`. Before, they read `app`
    alone.

    Unverified: that `source_version` and `destination_version` fall back to `app.kubernetes.io/version` in the same
    way. The release note speaks of the application only.
    """
    return istio.at_least(1, 30)
