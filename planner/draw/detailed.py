"""The picture of workloads: every one of them, in the cluster of its namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from planner.draw.arrows import drawn, edge, left_out, outsider, ref_id
from planner.draw.scene import Edge, Node, Scene
from planner.model.flow import BlindSpot, Boundary, Flow
from planner.model.refs import SERVICE, Ref


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
    arrows = [edge(key[0], key[1], group, frontier) for key, group in sorted(edges.items())]
    arrows += [Edge(a, b, Boundary.INTERNAL, 1.0, "", "pods behind the Service") for a, b in sorted(fans)]
    return Scene(title, tuple(nodes[name] for name in sorted(nodes)), tuple(arrows), captions, left_out(hidden))


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
        nodes[name] = outsider(ref)
    return name
