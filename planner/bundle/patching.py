"""Patches with their exact way back.

A merge patch that sets keys of a mapping is undone by the prior values, with null where a key was absent. A
mapping that did not exist before stays behind empty: the API server drops an empty one on write, and taking the
whole mapping away could take what somebody else put there meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from planner.model.bundle import Change, FieldPath
from planner.model.fields import dig

RESOURCES = {
    "CronJob": "cronjob.batch",
    "DaemonSet": "daemonset.apps",
    "Deployment": "deployment.apps",
    "Job": "job.batch",
    "Namespace": "namespace",
    "Pod": "pod",
    "ReplicaSet": "replicaset.apps",
    "ReplicationController": "replicationcontroller",
    "Service": "service",
    "StatefulSet": "statefulset.apps",
    "DestinationRule": "destinationrule.networking.istio.io",
    "PeerAuthentication": "peerauthentication.security.istio.io",
    "ServiceEntry": "serviceentry.networking.istio.io",
    "Sidecar": "sidecar.networking.istio.io",
    "VirtualService": "virtualservice.networking.istio.io",
}
"""How kubectl is told the kind, by kind; with the group, so that a namesake of another group is never meant."""

MANAGED = {"app.kubernetes.io/managed-by": "meshplan"}
"""Label of every object that meshplan creates, by which they are found again."""


def patchable(raw: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Tell whether a merge patch below a path meets mappings (or nothing) all the way."""
    return all(isinstance(dig(raw, *path[:end]), Mapping | None) for end in range(1, len(path) + 1))


def key_changes(raw: Mapping[str, Any], path: tuple[str, ...], wanted: Mapping[str, Any]) -> tuple[Change, ...]:
    """List the keys below a path that differ from what is wanted (None removes a key), sorted."""
    here = dig(raw, *path)
    prior = here if isinstance(here, Mapping) else {}
    return tuple(
        Change((*path, key), prior.get(key), value)
        for key, value in sorted(wanted.items())
        if prior.get(key) != value or type(prior.get(key)) is not type(value)
    )


def merge_bodies(changes: Iterable[Change]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build a merge patch and its undo from changes whose paths are keys only."""
    body: dict[str, Any] = {}
    undo: dict[str, Any] = {}
    for change in changes:
        *way, key = (str(part) for part in change.path)
        for tree, value in ((body, change.new), (undo, change.old)):
            here = tree
            for part in way:
                here = here.setdefault(part, {})
            here[key] = value
    return body, undo


def before(changes: Iterable[Change]) -> tuple[tuple[str, str], ...]:
    """Write the prior values as text, each with its path; those that were not read are left out."""
    return tuple((path_text(c.path), json.dumps(c.old, ensure_ascii=False)) for c in changes if c.known)


def path_text(path: FieldPath) -> str:
    """Write a path for people: `metadata.labels["istio.io/rev"]`, `spec.ports[port=80,protocol=TCP].appProtocol`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif isinstance(part, tuple):
            text += f"[{','.join(f'{key}={value}' for key, value in part)}]"
        elif part.replace("-", "").replace("_", "").isalnum():
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text
