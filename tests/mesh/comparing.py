"""Sets the answers of both judges side by side, by the classes of the truth table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.mesh.call import CallOutcome
from planner.mesh.destination_rule_choice import choose
from planner.mesh.peers import Peer
from planner.mesh.receiving import door
from planner.mesh.transport import CalleeKind, CallerKind
from tests.mesh.meshplan_side import Side
from tests.mesh.world import World, WorldCall

LISTED: dict[str, str] = {}
"""Rules of meshplan by which it may differ, with the reason why the simulator cannot judge them."""
_DECIDABLE = {"which pod is hit", "whether the application serves TLS on the port"}
"""Facts that no configuration holds: both judges leave them open."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One call with both answers."""

    world: World
    call: WorldCall
    istio: Mapping[str, Any]
    meshplan: CallOutcome
    row: tuple[str, str, str, str]

    @property
    def agree(self) -> bool:
        return (self.istio["outcome"], self.istio["encrypted"]) == (self.meshplan.outcome, self.meshplan.encrypted)

    @property
    def undecided(self) -> str:
        """Why one of the two does not decide; empty where both do."""
        if self.istio.get("undecided"):
            return str(self.istio["undecided"])
        if not self.agree and self.meshplan.rule in LISTED:
            return LISTED[self.meshplan.rule]
        missing = set(self.meshplan.missing.split(" and ")) - _DECIDABLE - {""}
        return f"meshplan asks {', '.join(sorted(missing))}" if missing else ""

    def __str__(self) -> str:
        """Tell a person everything that is needed to look into a disagreement."""
        answer = (self.meshplan.outcome, self.meshplan.encrypted, self.meshplan.rule, self.meshplan.source)
        return f"{'/'.join(self.row)}\nmeshplan: {answer}\nIstio: {self.istio}\n{self.world.only(self.call)}"


@dataclass(slots=True)
class Agreement:
    """How often both agree, for each pair of caller and callee."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    agreed: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    undecided: Counter[str] = field(default_factory=Counter)
    disagreed: list[Judged] = field(default_factory=list)

    def add(self, found: Iterable[Judged]) -> None:
        """Count calls in."""
        for one in found:
            pair = (one.row[0], one.row[1])
            self.calls[pair] += 1
            self.rows[pair].add((one.row[2], one.row[3]))
            if one.undecided:
                self.undecided[one.undecided] += 1
            elif one.agree:
                self.agreed[pair] += 1
            else:
                self.disagreed.append(one)

    def table(self) -> str:
        """Give the table for the note."""
        lines = [f"{'caller':<20}{'callee':<17}{'n':>6}{'agreed':>8}{'mode and tls':>14}"]
        for pair in sorted(self.calls):
            rows = f"{len(self.rows[pair])} of {1 if pair[1] == 'external' else 3}x5"
            lines.append(f"{pair[0]:<20}{pair[1]:<17}{self.calls[pair]:>6}{self.agreed[pair]:>8}{rows:>14}")
        lines.append(f"{'all':<37}{self.calls.total():>6}{self.agreed.total():>8}")
        lines += [f"{count:>6} undecided: {why}" for why, count in sorted(self.undecided.items())]
        lines += [f"{len(self.disagreed):>6} disagreed"]
        return "\n".join(lines)


def compared(world: World, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[Judged]:
    """Judge every call of a world by meshplan too."""
    side = Side(world)
    for call in world.calls:
        yield Judged(world, call, answers[call.id], side.judge(call), _row(side, call, answers[call.id]))


def _row(side: Side, call: WorldCall, istio: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Name the row of the truth table that a call belongs to: caller, callee, mode, DestinationRule."""
    service = side.services.get(call.service)
    landed = [one for one in istio["endpoints"] if one.get("pod")]
    pods = tuple(side.peers[one["pod"]] for one in landed)
    cluster = istio["matched"].get("cluster", "")
    caller = CallerKind.NONE_TLS if call.protocol == "tls" else CallerKind.NONE
    if call.proxied:
        caller = CallerKind.SIDECAR if cluster.startswith("outbound|") else CallerKind.PASSTHROUGH
    callee = _callee(pods or side.behind(service) if service else pods, headless=bool(service and service.headless))
    modes = {str(door(side.view, side.peers[one["pod"]], one["port"]).mode) for one in landed}
    mode = "NA" if callee is CalleeKind.EXTERNAL else min(modes, default="PERMISSIVE")
    return str(caller), str(callee), mode, _tls(side, call, cluster)


def _callee(pods: tuple[Peer, ...], *, headless: bool) -> CalleeKind:
    proxied = {peer.proxy.is_sidecar for peer in pods}
    if len(proxied) > 1:
        return CalleeKind.MIXED_HEADLESS if headless else CalleeKind.MIXED_CLUSTERIP
    return {True: CalleeKind.SIDECAR, False: CalleeKind.NONE}[proxied.pop()] if proxied else CalleeKind.EXTERNAL


def _tls(side: Side, call: WorldCall, cluster: str) -> str:
    """Name the mode that the DestinationRules leave for the called host, whether the caller's proxy looks or not."""
    host = cluster.split("|")[3] if cluster.startswith("outbound|") else call.host
    service = side.view.service_of(host)
    owner = service.ref.namespace if service else _owner(side, host) or call.namespace
    caller = side.peers[f"{call.namespace}/{call.pod}"]
    return str(choose(side.view, call.namespace, caller.labels, owner, host, call.port).tls)


def _owner(side: Side, host: str) -> str:
    entries = side.view.of_kind("ServiceEntry")
    return next((raw["metadata"]["namespace"] for raw in entries if host in raw["spec"]["hosts"]), "")
