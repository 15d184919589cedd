"""Which monitors a scraper of an operator picks: by label, and by the namespaces that it looks in.

Source: prometheus-operator.dev/docs/api-reference (an absent selector picks nothing, an empty one everything; an absent
selector of namespaces means the scraper's own); docs.victoriametrics.com/operator/api (`selectAllByDefault`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence.world import World
from planner.mesh.label_selector import matches
from planner.model.fields import map_at
from planner.model.objects import KubeObject


def picked(scraper: KubeObject, kind: str, field: str, world: World) -> Iterator[KubeObject]:
    """Yield the objects of a kind that a scraper reads.

    Args:
        scraper: Prometheus, PrometheusAgent or VMAgent.
        kind: Kind to pick from.
        field: Beginning of the names of its selectors: `serviceMonitor` for `serviceMonitorSelector`.
        world: What was read.
    """
    spec = map_at(scraper.raw, "spec")
    takes_all = spec.get("selectAllByDefault") is True
    selector, spaces = spec.get(f"{field}Selector"), spec.get(f"{field}NamespaceSelector")
    if not isinstance(selector, Mapping) and not takes_all:
        return
    for obj in world.inventory.of_kind(kind):
        own = obj.ref.namespace == scraper.ref.namespace or takes_all
        inside = own if not isinstance(spaces, Mapping) else _namespace_matches(spaces, obj.ref.namespace, world)
        if inside and matches(selector, obj.labels):
            yield obj


def _namespace_matches(selector: Mapping[str, Any], namespace: str, world: World) -> bool:
    labels = {"kubernetes.io/metadata.name": namespace, **(world.inventory.namespace_labels(namespace) or {})}
    return matches(selector, labels)
