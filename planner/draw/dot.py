"""A scene as DOT text; sorted and pure, so the same scene gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import graphviz
from graphviz.quoting import attr_list, quote

from planner.draw import palette
from planner.draw.scene import Edge, Node, Scene
from planner.model.flow import Boundary

_COLOURS = {Boundary.INGRESS: palette.INGRESS, Boundary.EGRESS: palette.EGRESS, Boundary.INTERNAL: palette.INTERNAL}
_SHAPES = {
    "workload": "box",
    "service": "ellipse",
    "namespace": "box",
    "external": "box",
    "client": "box",
    "unknown": "box",
}


def dot(scene: Scene, fills: Mapping[str, str], labels: bool = True) -> str:
    """Write a scene as DOT.

    Args:
        scene: What to draw.
        fills: Fill colour of each namespace.
        labels: Whether arrows carry their protocol and port.
    """
    graph = graphviz.Digraph("meshplan", graph_attr=_graph(scene), node_attr=_NODE, edge_attr=_EDGE)
    for node in (n for n in scene.nodes if not n.namespace or scene.collapsed):
        _add(graph, node, fills)
    if not scene.collapsed:
        for namespace in sorted({n.namespace for n in scene.nodes if n.namespace}):
            _cluster(graph, namespace, scene, fills)
    for edge in scene.edges:
        _arrow(graph, edge, labels)
    _rows(graph, scene)
    return str(graph.source)


_ROW = 5


def _rows(graph: graphviz.Digraph, scene: Scene) -> None:
    """Chain boxes without arrows invisibly, a few per row, so that they do not make one long column."""
    by_place: dict[str, list[str]] = {}
    for node in scene.alone():
        by_place.setdefault("" if scene.collapsed else node.namespace, []).append(node.id)
    for _, names in sorted(by_place.items()):
        for left, right in pairwise(names):
            if (names.index(left) + 1) % _ROW:
                graph.body.append(f"\t{quote(left)} -> {quote(right)} [style=invis]\n")


_NODE = {
    "fontname": palette.FONT, "fontsize": "11", "fontcolor": palette.INK, "color": "#8a97a3", "style": "rounded,filled",
    "fillcolor": "#ffffff", "margin": "0.12,0.06", "height": "0.3", "penwidth": "1",
}  # fmt: skip
_EDGE = {"fontname": palette.FONT, "fontsize": "9", "fontcolor": palette.FAINT, "arrowsize": "0.7", "penwidth": "1.2"}


def _graph(scene: Scene) -> dict[str, str]:
    return {
        "rankdir": "LR", "newrank": "true", "fontname": palette.FONT, "fontsize": "12", "fontcolor": palette.INK,
        "nodesep": "0.22", "ranksep": "0.9" if scene.collapsed else "0.8", "pad": "0.2", "bgcolor": "white",
        "tooltip": scene.title,
    }  # fmt: skip


def _text(words: str) -> str:
    """Escape a word for a label, where a backslash would start an escape of Graphviz' own."""
    return str(graphviz.escape(words))


def _add(graph: graphviz.Digraph, node: Node, fills: Mapping[str, str]) -> None:
    attributes = {"label": "\\n".join(_text(line) for line in node.label if line), "shape": _SHAPES[node.kind]}
    attributes["tooltip"] = _text(node.tooltip or " ".join(node.label))
    if node.kind == "namespace":
        attributes |= {"fillcolor": fills.get(node.namespace, palette.UNPLACED), "fontsize": "12", "margin": "0.18,0.1"}
    elif node.kind == "external":
        attributes |= {"style": "filled", "fillcolor": "#fff4ea", "color": palette.EGRESS}
    elif node.kind == "client":
        attributes |= {"style": "filled", "fillcolor": "#e8f3fa", "color": palette.INGRESS}
    elif node.kind == "unknown":
        attributes |= {"style": "dashed,filled", "fillcolor": "#ffffff", "color": palette.FRONTIER}
    if node.blind:
        attributes |= {"style": "rounded,filled,dashed"}
    graph.node(node.id, **attributes)


def _cluster(graph: graphviz.Digraph, namespace: str, scene: Scene, fills: Mapping[str, str]) -> None:
    caption = scene.namespaces.get(namespace, "")
    label = f"{_text(namespace)}   {_text(caption)}" if caption else _text(namespace)
    with graph.subgraph(name=f"cluster_{namespace}") as part:
        part.attr(
            label=label, labeljust="l", style="rounded,filled", color="#c3ccd4", margin="12", tooltip=_text(namespace),
            fillcolor=fills.get(namespace, palette.UNPLACED),
        )  # fmt: skip
        for node in scene.nodes:
            if node.namespace == namespace:
                _add(part, node, fills)


def _arrow(graph: graphviz.Digraph, edge: Edge, labels: bool) -> None:
    plain = palette.FRONTIER if edge.frontier else _COLOURS[edge.boundary]
    style = "dashed" if edge.verdict == "unknown" else palette.line_style(edge.confidence)
    attributes = {"color": palette.VERDICTS.get(edge.verdict, plain), "style": style}
    attributes["tooltip"] = _text(edge.tooltip or " ")
    if edge.frontier or edge.verdict in ("broken", "policy-lost"):
        attributes["penwidth"] = "2.2"
    if labels and edge.label:
        attributes["label"] = _text(edge.label)
    # `Digraph.edge` would take what follows a colon for a port of the node, and our names hold colons.
    graph.body.append(f"\t{quote(edge.source)} -> {quote(edge.target)}{attr_list(attributes=attributes)}\n")
