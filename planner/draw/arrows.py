"""Which flows a picture draws, and what stands for the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from planner.draw.scene import Edge, Node
from planner.model.flow import Flow
from planner.model.refs import CLIENT, SERVICE, UNKNOWN, WILDCARD, Ref
from planner.model.verdict import VERDICTS


def is_background(flow: Flow) -> bool:
    """Whether a flow is machinery that would only clutter a picture."""
    ends = (flow.source, flow.target)
    return flow.background or flow.target.kind == WILDCARD or any(ref.is_control_plane for ref in ends)


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
        elif flow.source.is_control_plane:
            counts["probe or call from the control plane"] += 1
        elif flow.target.is_control_plane:
            counts["call to the API server"] += 1
        elif "scraping" in readers or flow.target.kind == WILDCARD:
            counts["scrape of metrics"] += 1
        else:
            counts["other background flow"] += 1
    return tuple(f"{number} × {what}" for what, number in sorted(counts.items()))


def edge(
    source: str,
    target: str,
    flows: list[Flow],
    frontier: Collection[str],
    count: bool = False,
    verdicts: Mapping[str, str] | None = None,
) -> Edge:
    """Build the arrow that stands for some flows; labelled with their number, or with protocol and port."""
    found = {flow.id: verdicts[flow.id] for flow in flows if verdicts and flow.id in verdicts}
    lines = sorted(f"{flow.id} ({_told(flow, found)}{flow.protocol}, {flow.confidence:.0%} sure)" for flow in flows)
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
        verdict=max(found.values(), key=VERDICTS.index, default=""),
    )


def _told(flow: Flow, verdicts: Mapping[str, str]) -> str:
    return f"{verdicts[flow.id]}, " if flow.id in verdicts else ""


def outsider(ref: Ref) -> Node:
    """Build the box of something that is no workload of the pictured namespaces."""
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
