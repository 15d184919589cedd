"""Valid values with one detail changed, for tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from planner.model.flow import Boundary, Evidence, Flow
from planner.model.plan import Unit
from planner.model.refs import CLIENT, CLUSTER, EXTERNAL, SERVICE, Ref, external
from planner.plan.problem import Item, Problem


def ref(text: str, kind: str = "Deployment") -> Ref:
    namespace, _, name = text.partition("/")
    return Ref(namespace, name, kind)


def evidence(reader: str = "environment", confidence: float = 0.9, obj: str = "Deployment shop/web") -> Evidence:
    return Evidence(reader, "manifests/x.yaml", 7, obj, "spec", confidence, "cart:8080")


def flow(
    source: str,
    target: str,
    port: int | None = 80,
    *,
    reader: str = "environment",
    protocol: str = "http",
    confidence: float = 0.9,
    obj: str = "Deployment shop/web",
) -> Flow:
    """Build a flow from texts; `external:` names a host outside, a target in a namespace is a Service."""
    caller = _end(source, "Deployment")
    callee = _end(target, SERVICE)
    boundary = Boundary.INTERNAL
    if caller.kind in (EXTERNAL, CLUSTER):
        boundary = Boundary.INGRESS
    elif callee.kind == EXTERNAL:
        boundary = Boundary.EGRESS
    pods = (Ref(callee.namespace, callee.name, "Deployment"),) if callee.kind == SERVICE else ()
    return Flow(caller, callee, port, protocol, "", boundary, confidence, (evidence(reader, confidence, obj),), pods)


def _end(text: str, kind: str) -> Ref:
    if text == "external:client":
        return CLIENT
    if text.startswith("external:"):
        return external(text.removeprefix("external:"))
    if text.startswith("cluster:"):
        return Ref("", text.removeprefix("cluster:"), CLUSTER)
    return ref(text, kind)


def problem(
    names: str = "abcd",
    calls: dict[tuple[int, int], float] | None = None,
    capacity: tuple[int, ...] = (1, 2, 3),
    groups: tuple[tuple[int, ...], ...] = (),
    allowed: dict[int, tuple[int, ...]] | None = None,
) -> Problem:
    """Build an ordering problem of one namespace per letter, all of equal weight."""
    share = 1 / len(names)
    items = tuple(
        Item(Unit(name), share, share, 1, (allowed or {}).get(number, tuple(range(len(capacity)))), True)
        for number, name in enumerate(names)
    )
    return Problem(items, calls or {}, groups, (), len(capacity), capacity)


@contextmanager
def hang_guard(seconds: int = 60) -> Iterator[None]:
    """Fail instead of hanging: for texts that a careless pattern would take hours over."""

    def give_up(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"still busy after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
