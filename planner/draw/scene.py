"""What a picture shows, decided before anything is drawn: nodes, edges, and what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from planner.model.flow import BlindSpot, Boundary, Flow
from planner.model.plan import Plan
from planner.model.refs import CLIENT, CLUSTER, SERVICE, UNKNOWN, WILDCARD, Ref

MANY = 60
"""More workloads than this and a picture shows namespaces instead."""


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
    """One arrow, standing for one or more flows."""

    source: str
    target: str
    boundary: Boundary
    confidence: float
    label: str
    tooltip: str
    frontier: bool = False


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


def is_background(flow: Flow) -> bool:
    """Whether a flow is machinery that would only clutter a picture."""
    return flow.background or flow.target.kind in (CLUSTER, WILDCARD) or flow.source.kind == CLUSTER


def drawn(flows: Iterable[Flow]) -> tuple[tuple[Flow, ...], tuple[Flow, ...]]:
    """Part the flows into those that a picture draws and those that it only counts.

    Clients that come through an Ingress are drawn up to its controller, where the controller was read.
    """
    every = tuple(flows)
    behind_controller = {flow.target for flow in every if flow.source != CLIENT and _by_ingress(flow)}
    shown: list[Flow] = []
    hidden: list[Flow] = []
    for flow in every:
        through = flow.source == CLIENT and _by_ingress(flow) and flow.target in behind_controller
        (hidden if through or is_background(flow) else shown).append(flow)
    return tuple(shown), tuple(hidden)


def _by_ingress(flow: Flow) -> bool:
    return all(item.object.startswith("Ingress ") for item in flow.evidence)


def left_out(flows: Iterable[Flow]) -> tuple[str, ...]:
    """Say in words which flows a picture does not draw."""
    counts: dict[str, int] = defaultdict(int)
    for flow in flows:
        readers = {item.reader for item in flow.evidence}
        if flow.source == CLIENT:
            counts["way in through the ingress controller"] += 1
        elif flow.source.kind == CLUSTER:
            counts["probe or call from the control plane"] += 1
        elif flow.target.kind == CLUSTER:
            counts["call to the API server"] += 1
        elif "scraping" in readers or flow.target.kind == WILDCARD:
            counts["scrape of metrics"] += 1
        else:
            counts["other background flow"] += 1
    return tuple(f"{number} × {what}" for what, number in sorted(counts.items()))


def detailed(
    title: str,
    workloads: Iterable[Ref],
    flows: Iterable[Flow],
    blind: Collection[BlindSpot],
    captions: Mapping[str, str],
    frontier: Collection[str] = (),
) -> Scene:
    """Show every workload; a Service is drawn only where several workloads stand behind it."""
    shown, hidden = drawn(flows)
    blinds = {spot.workload for spot in blind}
    nodes: dict[str, Node] = {ref_id(ref): _workload(ref, ref in blinds) for ref in workloads}
    edges: dict[tuple[str, str, str], list[Flow]] = defaultdict(list)
    fans: dict[tuple[str, str], None] = {}
    for flow in shown:
        source = _end(flow.source, nodes)
        target = _target(flow, nodes, fans)
        edges[source, target, flow.boundary].append(flow)
    arrows = [_edge(key[0], key[1], group, frontier) for key, group in sorted(edges.items())]
    arrows += [Edge(a, b, Boundary.INTERNAL, 1.0, "", "pods behind the Service") for a, b in sorted(fans)]
    return Scene(title, _sorted(nodes), tuple(arrows), captions, left_out(hidden))


def _workload(ref: Ref, blind: bool) -> Node:
    kind = "" if ref.kind == "Deployment" else ref.kind
    label = (ref.name, *((kind,) if kind else ()), *(("callees unknown",) if blind else ()))
    return Node(ref_id(ref), label, "workload", ref.namespace, blind, str(ref))


def _target(flow: Flow, nodes: dict[str, Node], fans: dict[tuple[str, str], None]) -> str:
    """Choose the node an arrow points at."""
    if flow.target.kind == SERVICE and len(flow.to_workloads) == 1:
        return _end(flow.to_workloads[0], nodes)
    target = _end(flow.target, nodes)
    for ref in flow.to_workloads:
        fans[target, _end(ref, nodes)] = None
    return target


def _end(ref: Ref, nodes: dict[str, Node]) -> str:
    name = ref_id(ref)
    if name not in nodes:
        nodes[name] = _other(ref)
    return name


def _other(ref: Ref) -> Node:
    name = ref_id(ref)
    if ref == CLIENT:
        return Node(name, ("clients outside",), "client", tooltip="anyone outside the cluster")
    if ref.kind == UNKNOWN:
        return Node(
            name, (ref.name, "not found"), "unknown", tooltip=f"an address that nothing read answers to: {ref.name}"
        )
    if ref.namespace:
        kind = "service" if ref.kind == SERVICE else "workload"
        return Node(name, (ref.name, ref.kind), kind, ref.namespace, tooltip=str(ref))
    return Node(name, (ref.name,), "external", tooltip=ref.text)


def ref_id(ref: Ref) -> str:
    """Name a node so that two kinds of the same name stay apart."""
    return f"{ref.kind}:{ref.text}"


def collapsed(
    title: str,
    workloads: Iterable[Ref],
    flows: Iterable[Flow],
    captions: Mapping[str, str],
    frontier: Collection[str] = (),
) -> Scene:
    """Show namespaces, with one arrow per pair and the number of its flows."""
    shown, hidden = drawn(flows)
    inside = Counter(flow.source.namespace for flow in shown if _inside(flow))
    sizes = Counter(ref.namespace for ref in workloads)
    nodes = {
        f"ns:{name}": Node(f"ns:{name}", (name, _contents(sizes[name], inside[name]), caption), "namespace", name)
        for name, caption in captions.items()
    }
    edges: dict[tuple[str, str, Boundary], list[Flow]] = defaultdict(list)
    for flow in shown:
        if not _inside(flow):
            edges[_place(flow.source, nodes), _place(flow.target, nodes), flow.boundary].append(flow)
    arrows = tuple(_edge(key[0], key[1], group, frontier, count=True) for key, group in sorted(edges.items()))
    return Scene(title, _sorted(nodes), arrows, captions, left_out(hidden), collapsed=True)


def _inside(flow: Flow) -> bool:
    return bool(flow.source.namespace) and flow.source.namespace == flow.target.namespace


def _contents(workloads: int, flows: int) -> str:
    inner = f", {flows} flow{'' if flows == 1 else 's'} inside" if flows else ""
    return f"{workloads} workload{'' if workloads == 1 else 's'}{inner}"


def _place(ref: Ref, nodes: dict[str, Node]) -> str:
    if ref.namespace:
        name = f"ns:{ref.namespace}"
        nodes.setdefault(name, Node(name, (ref.namespace,), "namespace", ref.namespace))
        return name
    return _end(ref, nodes)


def _edge(source: str, target: str, flows: list[Flow], frontier: Collection[str], count: bool = False) -> Edge:
    lines = sorted(f"{flow.id} ({flow.protocol}, {flow.confidence:.0%} sure)" for flow in flows)
    ports = sorted({f"{flow.protocol} {flow.port}" if flow.port else flow.protocol for flow in flows})
    label = (f"{len(flows)}" if len(flows) > 1 else "") if count else ", ".join(ports[:2])
    return Edge(
        source=source,
        target=target,
        boundary=flows[0].boundary,
        confidence=max(flow.confidence for flow in flows),
        label=label,
        tooltip="\n".join(lines[:12]),
        frontier=any(flow.id in frontier for flow in flows),
    )


def _sorted(nodes: Mapping[str, Node]) -> tuple[Node, ...]:
    return tuple(nodes[name] for name in sorted(nodes))


def captions(plan: Plan, namespaces: Iterable[str]) -> dict[str, str]:
    """Say under each namespace when it joins, or why it does not."""
    outside = {item.namespace: f"stays out ({item.kind.value})" for item in plan.outside}
    found = {}
    for name in namespaces:
        phase = plan.phase_of(name)
        joins = f"phase {phase.index}" if phase else "in the mesh already" if name in plan.inside else ""
        found[name] = joins or outside.get(name, "")
    return found
