"""When a namespace may be closed: STRICT for what comes in, REGISTRY_ONLY for what goes out.

STRICT comes with the phase in which the last plaintext caller joins, never earlier; a caller that
never joins is a named exception on its port, or a reason to wait.

Source: istio.io tasks/security/authentication/mtls-migration.
"""

from __future__ import annotations

from collections import defaultdict

from planner.graph.traffic import TrafficGraph
from planner.model.flow import BlindSpot, Flow
from planner.model.inventory import Inventory
from planner.model.readiness import Readiness
from planner.model.refs import EVERYTHING
from planner.plan.egress_readiness import Egress
from planner.plan.obstacles import obstacles
from planner.plan.plaintext import Plaintext
from planner.plan.strict_readiness import MIN_CONFIDENCE, port_rows


def strict(namespace: str, graph: TrafficGraph, plaintext: Plaintext, inventory: Inventory) -> Readiness:
    """Say in which phase a namespace may become STRICT, and who stands in the way.

    Args:
        namespace: Namespace of the callees.
        graph: Flows.
        plaintext: Says until when each call is plaintext.
        inventory: What was read.
    """
    last = plaintext.known.phase[namespace]
    exceptions: set[str] = set()
    waiting: dict[str, set[str]] = defaultdict(set)
    for flow in reaching(namespace, graph):
        found = plaintext.judge(flow)
        if flow.confidence < MIN_CONFIDENCE or found.harmless:
            continue
        if found.until is not None:
            last = max(last, found.until)
        elif found.blocker:
            waiting[found.blocker].add(_port_of(flow))
        else:
            exceptions.add(f"{_port_of(flow)}: {flow.source.text} {found.text}")
    for obstacle in obstacles(namespace, graph, inventory):
        waiting[obstacle].add("mesh object")
    blockers = tuple(f"{who} ({', '.join(sorted(ports))})" for who, ports in sorted(waiting.items()))
    blind = tuple(spot.workload.text for spot in graph.blind_spots if _could_call(spot, plaintext, last))
    rows = port_rows(namespace, graph, plaintext, inventory)
    return Readiness(namespace, None if blockers else last, blockers, tuple(sorted(exceptions)), blind, rows)


def reaching(namespace: str, graph: TrafficGraph) -> tuple[Flow, ...]:
    """Return the flows into a namespace, those of a scraper that looks everywhere included."""
    return (*graph.reaching(namespace), *graph.reaching(EVERYTHING.namespace))


def _port_of(flow: Flow) -> str:
    return f"{flow.target.text} port {flow.port}" if flow.port else f"{flow.target.text} all ports"


def _could_call(spot: BlindSpot, plaintext: Plaintext, phase: int) -> bool:
    """Whether a workload with unknown callees will have no proxy yet when plaintext is refused."""
    joins = plaintext.joins(spot.workload)
    return joins is None or joins > phase


def registry_only(namespace: str, graph: TrafficGraph, egress: Egress, closing_phase: int) -> Readiness:
    """Say whether egress of a namespace may be closed in the closing phase, and what is missing."""
    gaps = egress.gaps(namespace)
    spots = (spot.workload for spot in graph.blind_spots if spot.workload.namespace == namespace)
    blind = tuple(ref.text for ref in spots if egress.joins(ref) is not None)
    blockers = {gap.text for gap in gaps if gap.certain} | {f"the callees of {name} are unknown" for name in blind}
    ready = not blockers and namespace in egress.namespaces
    return Readiness(namespace, closing_phase if ready else None, tuple(sorted(blockers)), (), blind, gaps=gaps)
