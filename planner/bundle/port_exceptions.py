"""PeerAuthentications of single workloads whose ports stay open to plaintext: made, changed and ended with the phases.

Source: istio/istio pkg/config/validation/validation.go (portLevelMtls needs a selector),
pilot/pkg/security/authn/policy_applier.go (of several objects for a pod the oldest wins, so there is one per
workload), pilot/pkg/networking/core/cluster_tls.go (DISABLE at a port does not reach callers of a headless
Service, which need a DestinationRule).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.bundle.open_ports import DISABLE, OpenPort, open_ports
from planner.bundle.part import Part, by_hand, left_out
from planner.bundle.peer_authentications import KIND, create, namespace_wide, patch_of, strict_ports
from planner.bundle.plaintext_rules import Turn, rules
from planner.bundle.pod_selectors import selector_for
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh.versions import security_api_version
from planner.model.bundle import Change
from planner.model.fields import map_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import SERVICE, Ref

INHERIT = "UNSET"
_PORTS = ("spec", "portLevelMtls")


@dataclass(frozen=True, slots=True)
class Event:
    """Modes of some ports of one workload from one moment on.

    Attributes:
        phase: Index of the phase.
        guard: True before the label of the phase, False at its end, before STRICT.
        modes: Container port to mode; `UNSET` ends an exception.
        ports: The open ports behind it, for the words.
    """

    phase: int
    guard: bool
    modes: tuple[tuple[int, str], ...]
    ports: tuple[OpenPort, ...]


def exceptions(work: Work, strict_phase: Mapping[str, int]) -> dict[tuple[int, bool], Part]:
    """Give what each phase does about open ports, by (phase, whether before the label).

    Args:
        work: The plan.
        strict_phase: Phase in which each namespace becomes STRICT.
    """
    parts: dict[tuple[int, bool], Part] = {}
    for namespace in sorted(work.namespace_phase):
        turns: list[Turn] = []
        for callee, events in _by_callee(work, namespace, strict_phase).items():
            for event, wanted, part in _carry_out(work, callee, events):
                key = (event.phase, event.guard)
                parts[key] = parts.get(key, Part()) + part
                turns.extend(_turns(event, wanted))
        # What callers and servers are told belongs together: nothing of another namespace may come between.
        for key, part in rules(work, turns).items():
            parts[key] = parts.get(key, Part()) + part
    return parts


def _turns(event: Event, wanted: Mapping[int, str]) -> Iterator[Turn]:
    """Give the ports of an event at which mTLS is turned off, or on again."""
    for item in event.ports:
        mode = wanted.get(item.port or 0)
        if mode == DISABLE or (mode is not None and item.mode == DISABLE):
            yield Turn(event.phase, event.guard, item, mode == DISABLE)


def _by_callee(work: Work, namespace: str, strict_phase: Mapping[str, int]) -> dict[Ref, list[Event]]:
    found: dict[Ref, list[Event]] = {}
    phases = {joined for w in work.inventory.workloads_in(namespace) if (joined := work.joins_in(w.ref)) is not None}
    # Phase 0 is what is in the mesh today: such a port hangs today, and no phase could prevent it.
    for joined in sorted((phases | {work.namespace_phase[namespace]}) - {0}):
        # Callers of the same phase count: until both have restarted, an eviction may bring the server's proxy first.
        # Weak evidence counts too: the exception costs little for so short a time, a call that hangs costs much.
        before = open_ports(work, namespace, joined - 1, at_least=0.0, lingering=True)
        early = [item for item in before if item.mode == DISABLE and _joined(work, item) == joined]
        for callee, ports in _grouped(early):
            found.setdefault(callee, []).append(_event(joined, True, ports))
            _end(found[callee], ports)
    if namespace in strict_phase:
        late = open_ports(work, namespace, strict_phase[namespace])
        for callee, ports in _grouped(item for item in late if _stays_open(work, item)):
            at, guard = _when_late(work, callee, strict_phase[namespace])
            found.setdefault(callee, []).append(_event(at, guard, ports))
    return found


def _when_late(work: Work, callee: Ref, at: int) -> tuple[int, bool]:
    """Say when a port that stays open gets its exception: with STRICT, in one step and before it.

    A step creates before it patches, so an exception that patches somebody's object would come after a namespace's
    object that is created STRICT: such a one goes before the label, of the last phase that has one.
    """
    created = not work.namespace_phase.get(callee.namespace) and namespace_wide(work, callee.namespace) is None
    labels = [phase.index for phase in work.plan.phases if phase.units and phase.index <= at]
    return (labels[-1], True) if created and labels and _existing(work, callee) is not None else (at, False)


def _stays_open(work: Work, item: OpenPort) -> bool:
    """Whether a port needs its exception for good; one that hangs today, in the mesh, gains nothing by it."""
    joined = _joined(work, item)
    return joined is not None and not (joined == 0 and item.mode == DISABLE)


def _joined(work: Work, item: OpenPort) -> int | None:
    if item.callee.kind == SERVICE or work.inventory.workload(item.callee) is None:  # an operator makes its pods
        return work.namespace_phase.get(item.callee.namespace)
    return work.joins_in(item.callee)


def _grouped(items: Iterable[OpenPort]) -> Iterator[tuple[Ref, tuple[OpenPort, ...]]]:
    by_callee: dict[Ref, list[OpenPort]] = {}
    for item in items:
        by_callee.setdefault(item.callee, []).append(item)
    for callee in sorted(by_callee):
        yield callee, tuple(by_callee[callee])


def _event(phase: int, guard: bool, ports: tuple[OpenPort, ...]) -> Event:
    return Event(phase, guard, tuple(sorted({p.port: p.mode for p in ports if p.port is not None}.items())), ports)


def _end(events: list[Event], ports: tuple[OpenPort, ...]) -> None:
    """Take the early exceptions back in the phase in which their last caller joins."""
    for until in sorted({item.until for item in ports if item.until is not None}):
        ended = tuple(item for item in ports if item.until == until and item.port is not None)
        modes = tuple(sorted((item.port, INHERIT) for item in ended if item.port is not None))
        events.append(Event(until, False, modes, ended))


def _carry_out(work: Work, callee: Ref, events: list[Event]) -> Iterator[tuple[Event, Mapping[int, str], Part]]:
    """Turn the events of one workload into objects and patches; a state is carried from one to the next."""
    labels, alone = selector_for(callee, work.inventory)
    existing = _existing(work, callee)
    state: dict[int, str] | None = None if existing is None else _opened(work, existing)
    for event in sorted(events, key=lambda item: (item.phase, not item.guard)):
        part = _unknown(callee, event)
        wanted = {port: mode for port, mode in event.modes if (state or {}).get(port) != mode}
        if wanted and not labels:
            part += by_hand(f"{callee}: no labels pick its pods alone; ports {_list(wanted)} stay shut.")
        elif wanted:
            part += _write(work, callee, labels, existing, state, wanted, event)
            state = {**(state or {}), **wanted}
        if wanted and labels and not alone:
            part += Part(notes=(left_out(callee, f"its labels also pick other workloads: ports {_list(wanted)}"),))
        yield event, wanted if labels else {}, part


def _write(
    work: Work,
    callee: Ref,
    labels: Mapping[str, str],
    existing: KubeObject | None,
    state: Mapping[int, str] | None,
    wanted: Mapping[int, str],
    event: Event,
) -> Part:
    why = _why(callee, event, wanted)
    if existing is not None or state is not None:
        ref = existing.ref if existing else _ref(callee)
        version = existing.api_version if existing else security_api_version(work.facts.istio)
        changes = [_change(existing, state or {}, port, mode) for port, mode in sorted(wanted.items())]
        return Part(patches=(patch_of(ref, version, changes, why),))
    extra: dict[str, Any] = {
        "selector": {"matchLabels": dict(labels)},
        "portLevelMtls": {str(port): {"mode": mode} for port, mode in sorted(wanted.items())},
    }
    return Part(created=(create(work, _ref(callee), extra, {}, why),))


def _change(existing: KubeObject | None, state: Mapping[int, str], port: int, mode: str) -> Change:
    prior = state.get(port) or (text_at(existing.raw, *_PORTS, str(port), "mode") if existing else "")
    return Change((*_PORTS, str(port), "mode"), prior or None, mode)


def _ref(callee: Ref) -> Ref:
    return Ref(callee.namespace, slug("plaintext", f"{callee.kind}-{callee.name}"), KIND)


def _existing(work: Work, callee: Ref) -> KubeObject | None:
    """Find the object of today that decides for a workload: one made beside it would be younger and ignored."""
    workload = work.inventory.workload(callee)
    if workload is None:
        return None
    found = [
        obj
        for obj in work.inventory.of_kind(KIND)
        if obj.ref.namespace == callee.namespace and _picks(obj, workload.labels)
    ]
    return min(found, key=lambda obj: (not obj.created, obj.created, obj.ref), default=None)


def _opened(work: Work, existing: KubeObject) -> dict[int, str]:
    """Give the ports that were STRICT and follow their namespace since it began to join."""
    joins = work.namespace_phase.get(existing.ref.namespace)
    return {int(port): INHERIT for port in strict_ports(existing) if port.isdecimal()} if joins else {}


def _picks(obj: KubeObject, labels: Mapping[str, str]) -> bool:
    selector = map_at(obj.raw, "spec", "selector", "matchLabels")
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _unknown(callee: Ref, event: Event) -> Part:
    lost = [item for item in event.ports if item.port is None]
    if not lost:
        return Part()
    callers = ", ".join(sorted({caller for item in lost for caller in item.callers}))
    return by_hand(
        f"{callee}: {callers} calls it as plaintext on a port that is not known: add the exception.",
        f"{callee}: take the exception for {callers} away again.",
    )


def _why(callee: Ref, event: Event, wanted: Mapping[int, str]) -> str:
    if set(wanted.values()) == {INHERIT}:
        return f"Every caller of {callee} has a proxy now, so ports {_list(wanted)} follow their namespace again."
    callers = ", ".join(sorted({caller for item in event.ports for caller in item.callers}))
    first = DISABLE in wanted.values()
    reason = " The server speaks first there, so its proxy must not wait for the caller's first bytes." if first else ""
    return f"{callers} reaches port {_list(wanted)} of {callee} without a proxy.{reason}"


def _list(ports: Iterable[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
