"""What a picture shows, as values: boxes, arrows, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.model.flow import Boundary


@dataclass(frozen=True, slots=True)
class Node:
    """One box: a workload, a Service with several workloads, a namespace, or something outside.

    Attributes:
        id: Unique name.
        label: Lines of text.
        kind: `workload`, `service`, `namespace`, `external`, `client`, `unknown`.
        namespace: Cluster it stands in, or an empty string.
        blind: Whether its callees are unknown.
        tooltip: Text that appears when pointed at.
    """

    id: str
    label: tuple[str, ...]
    kind: str
    namespace: str = ""
    blind: bool = False
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow, standing for one or more flows; `verdict` is the worst of theirs, empty where that is not shown."""

    source: str
    target: str
    boundary: Boundary
    confidence: float
    label: str
    tooltip: str
    frontier: bool = False
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture.

    Attributes:
        title: What it shows.
        nodes: Boxes, sorted.
        edges: Arrows, sorted.
        namespaces: Caption of each cluster, by namespace.
        left_out: What is not drawn, in words.
        collapsed: Whether namespaces are the nodes.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    namespaces: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    collapsed: bool = False

    def alone(self) -> tuple[Node, ...]:
        """Return the boxes that no arrow touches; they are set in rows instead of one long column."""
        touched = {end for edge in self.edges for end in (edge.source, edge.target)}
        return tuple(node for node in self.nodes if node.id not in touched)
