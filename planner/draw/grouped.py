"""The picture of namespaces, or of groups of them where there are too many to see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from planner.draw.arrows import drawn, edge, left_out, outsider
from planner.draw.scene import Node, Scene
from planner.model.flow import Boundary, Flow
from planner.model.refs import CLIENT, EXTERNAL, UNKNOWN, Ref

_MANY_HOSTS = 30
"""More hosts outside than this and one box stands for all of them."""
_FAILING = ("broken", "policy-lost")
_NAMED = 6
"""Names of namespaces written into the box of a group."""


@dataclass(frozen=True, slots=True)
class Group:
    """One box for one or several namespaces.

    Attributes:
        key: Name of the group; the fill colour is looked up by it.
        caption: When it joins, or why it does not.
        namespaces: Members, sorted.
    """

    key: str
    caption: str
    namespaces: tuple[str, ...]


def grouped(
    title: str,
    groups: Iterable[Group],
    workloads: Iterable[Ref],
    flows: Iterable[Flow],
    frontier: Collection[str] = (),
    blind: Iterable[Ref] = (),
    verdicts: Mapping[str, str] | None = None,
) -> Scene:
    """Show groups of namespaces, with one arrow per pair and the number of its flows.

    Args:
        title: What stands above the picture.
        groups: The boxes.
        workloads: All workloads; each box tells how many it holds.
        flows: What is drawn between the boxes.
        frontier: Ids of flows that are drawn as crossing the edge of the mesh.
        blind: Workloads whose callees are unknown; each box tells how many it holds.
        verdicts: What happens to each flow, by its id; an arrow has the colour of the worst.
    """
    unknown = Counter(ref.namespace for ref in blind)
    picture = _Picture(tuple(groups), Counter(ref.namespace for ref in workloads), unknown)
    shown, hidden = drawn(flows)
    picture.gather(shown, verdicts or {})
    arrows = tuple(
        edge(key[0], key[1], same, frontier, count=True, verdicts=verdicts)
        for key, same in sorted(picture.edges.items())
    )
    captions = {group.key: group.caption for group in picture.groups}
    return Scene(title, picture.sorted_nodes(), arrows, captions, left_out(hidden), collapsed=True)


class _Picture:
    def __init__(self, groups: tuple[Group, ...], sizes: Mapping[str, int], unknown: Mapping[str, int]) -> None:
        self.groups = groups
        self._unknown = unknown
        self.edges: dict[tuple[str, str, Boundary], list[Flow]] = defaultdict(list)
        self._sizes = sizes
        self._group_of = {name: group for group in groups for name in group.namespaces}
        self._others: dict[str, Node] = {}
        self._inside: Counter[str] = Counter()
        self._failing: Counter[str] = Counter()

    def gather(self, flows: Collection[Flow], verdicts: Mapping[str, str]) -> None:
        """Put every flow on the arrow between its ends."""
        hosts = {flow.target for flow in flows if flow.target.kind in (EXTERNAL, UNKNOWN)}
        self._many_hosts = len(hosts) > _MANY_HOSTS
        for flow in flows:
            source, target = self._place(flow.source, len(hosts)), self._place(flow.target, len(hosts))
            if source == target:
                self._inside[source] += 1
                self._failing[source] += verdicts.get(flow.id) in _FAILING
            else:
                self.edges[source, target, flow.boundary].append(flow)

    def _place(self, ref: Ref, hosts: int) -> str:
        group = self._group_of.get(ref.namespace)
        if group:
            return f"ns:{group.key}"
        if self._many_hosts and ref.kind in (EXTERNAL, UNKNOWN) and ref != CLIENT:
            node = Node("hosts", (f"{hosts} hosts outside",), "external", tooltip="hosts that are called outside")
        elif ref.namespace:
            node = Node(f"ns:{ref.namespace}", (ref.namespace, "was not read"), "namespace", ref.namespace)
        else:
            node = outsider(ref)
        self._others.setdefault(node.id, node)
        return node.id

    def sorted_nodes(self) -> tuple[Node, ...]:
        """Return all boxes, sorted."""
        nodes = {**self._others, **{f"ns:{group.key}": self._box(group) for group in self.groups}}
        return tuple(nodes[name] for name in sorted(nodes))

    def _box(self, group: Group) -> Node:
        workloads = sum(self._sizes[name] for name in group.namespaces)
        size = _contents(workloads, self._inside[f"ns:{group.key}"])
        blind = sum(self._unknown[name] for name in group.namespaces)
        fails = self._failing[f"ns:{group.key}"]
        failing = f"{fails} broken inside" if fails else ""
        unknown = f"{blind} with unknown callees" if blind else ""
        if len(group.namespaces) == 1:
            label = (group.namespaces[0], size, failing, unknown, group.caption)
        else:
            named = ", ".join(group.namespaces[:_NAMED])
            more = f" and {len(group.namespaces) - _NAMED} more" if len(group.namespaces) > _NAMED else ""
            label = (f"{group.caption}: {len(group.namespaces)} namespaces", named + more, size, failing, unknown)
        return Node(f"ns:{group.key}", label, "namespace", group.key, tooltip=", ".join(group.namespaces))


def _contents(workloads: int, flows: int) -> str:
    inner = f", {flows} flow{'' if flows == 1 else 's'} inside" if flows else ""
    return f"{workloads} workload{'' if workloads == 1 else 's'}{inner}"
