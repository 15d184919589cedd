"""Workloads whose callees cannot be known from what was read, why, and how to learn them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.evidence import registries, unread
from planner.evidence.confidence import BELIEVED
from planner.evidence.mounts import referenced
from planner.evidence.stores import is_store
from planner.evidence.world import World
from planner.model.flow import BACKGROUND_READERS, BlindSpot, Flow
from planner.model.refs import UNKNOWN, WILDCARD
from planner.model.workloads import Workload

_NO_ADDRESS = "no address of another workload or host in its manifest"
_IN_IMAGE = "its configuration is in its image: the manifest sets nothing"
_SHOWN = 6


def blind_spots(world: World, flows: Iterable[Flow]) -> tuple[BlindSpot, ...]:
    """Return the workloads without a believed callee, and those of which something says that there are more."""
    callers = {flow.source for flow in flows if _counts(flow)}
    spots = (_spot(workload, workload.ref in callers, world) for workload in world.inventory.workloads)
    return tuple(sorted(spot for spot in spots if spot))


def _counts(flow: Flow) -> bool:
    """Whether a flow shows that the workload's own addresses were found."""
    machinery = all(item.reader in BACKGROUND_READERS for item in flow.evidence)
    return flow.confidence >= BELIEVED and flow.target.kind not in (UNKNOWN, WILDCARD) and not machinery


def _spot(workload: Workload, has_callees: bool, world: World) -> BlindSpot | None:
    """Say why callees of a workload are unknown; a store waits for calls and makes none."""
    hidden, made = unread.secrets(workload, world), unread.generated(workload, world)
    found = registries.registry(workload, world)
    reasons = [found] if found else []
    if not is_store(workload):
        reasons += ["an address stands in a Secret, which is never read"] if hidden else []
        reasons += ["a name is put together while it runs"] if made else []
        if not reasons and not has_callees:
            reasons = [_NO_ADDRESS if _is_set(workload, world) else _IN_IMAGE]
    if not reasons:
        return None
    looked = (*_looked_at(workload, world), *_listed("not read: ", hidden), *_listed("not known: ", made))
    return BlindSpot(workload.ref, "; ".join(reasons), looked, _learn(workload))


def _is_set(workload: Workload, world: World) -> bool:
    """Whether the manifest says anything that a program could read."""
    told = any(container.words or world.values(workload, container) for container in workload.containers)
    return told or bool(referenced(workload)) or bool(unread.secret_names(workload))


def _looked_at(workload: Workload, world: World) -> Iterator[str]:
    """Yield what was searched, in numbers and names."""
    names = [container.name or "unnamed" for container in workload.containers]
    yield f"containers {', '.join(names[:_SHOWN])}" if len(names) > 1 else f"container {', '.join(names) or 'none'}"
    yield _count(sum(len(world.values(workload, c)) for c in workload.containers), "variable")
    yield _count(sum(len(container.words) for container in workload.containers), "argument")
    yield from _listed("ConfigMaps ", tuple(sorted(referenced(workload))))
    yield from _listed("Secrets, never read: ", unread.secret_names(workload))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _listed(what: str, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield what + ", ".join(names[:_SHOWN]) + more


def _learn(workload: Workload) -> str:
    """Say how to find out: the line to fill in, and where its connections show.

    Source: cilium hubble CLI (`observe --from-pod`).
    """
    line = f"- {{from: {workload.ref.text}, to: NAMESPACE/SERVICE, port: PORT}}"
    return (
        f"add `{line}` under `flows:` in meshplan.yaml for each call; they show in "
        f"`hubble observe --from-pod {workload.ref.text}` or in `ss -tn` inside a pod"
    )
