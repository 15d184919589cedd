"""Which flows of a proxy carry a Host that is not the Service's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.checks.context import Context
from planner.checks.proxies import nginx, others
from planner.checks.proxies.passing import VISITOR, Passing, Target
from planner.checks.proxies.texts import Text, mounted
from planner.mesh.host_header import accepted_hosts, host_matches
from planner.model.fields import Path, maps_at, text_at
from planner.model.flow import Boundary, Flow
from planner.model.refs import SERVICE, Ref
from planner.model.workloads import Workload


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One place of a configuration that was read: where it stands, what it says, and the flows that it makes."""

    workload: Workload
    text: Text
    passing: Passing
    modern: bool
    flows: tuple[Flow, ...]


def places(context: Context) -> Mapping[Ref, tuple[Place, ...]]:
    """Return every place where a workload's configuration passes requests on, by workload."""
    return context.once(_places)


def _places(context: Context) -> Mapping[Ref, tuple[Place, ...]]:
    found: dict[Ref, tuple[Place, ...]] = {}
    for workload in context.workloads:
        mine = tuple(_of(context, workload))
        if mine:
            found[workload.ref] = mine
    return found


def _of(context: Context, workload: Workload) -> Iterator[Place]:
    flows = context.graph.calls_of(workload.ref)
    for text in mounted(context, workload):
        for passing, modern in _passings(text.text):
            yield Place(workload, text, passing, modern, _matching(text, passing, flows))
    for text in _arguments(workload):
        for passing in others.oauth2_proxy(text.text):
            yield Place(workload, text, passing, True, _matching(text, passing, flows))


def _passings(text: str) -> Iterator[tuple[Passing, bool]]:
    if nginx.looks_like(text):
        yield from nginx.passings(text)
        return
    for pattern, reader in others.READERS:
        if pattern.search(text):
            yield from ((passing, True) for passing in reader(text))
            return


def _arguments(workload: Workload) -> Iterator[Text]:
    """Yield the words and variables of an authentication proxy, each as a text of its own."""
    for container in workload.containers:
        if "oauth2-proxy" not in container.image and "oauth2_proxy" not in container.image:
            continue
        said: list[tuple[Path, str]] = [(path, word) for path, word in container.words]
        for index, raw in maps_at(container.raw, "env"):
            text = f"{text_at(raw, 'name')}={text_at(raw, 'value')}"
            said.append(((*container.path, "env", index, "value"), text))
        if not any("host" in word.lower() and "false" in word.lower() and "pass" in word.lower() for _, word in said):
            yield from (Text(workload.object, path, word) for path, word in said)


def _matching(text: Text, passing: Passing, flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """Find the flows whose evidence stands in the same object and names one of the targets."""
    inside = [
        flow
        for flow in flows
        if flow.boundary is Boundary.INTERNAL and any(e.object == str(text.object.ref) for e in flow.evidence)
    ]
    return tuple(flow for flow in inside if any(_names(flow, text, target) for target in passing.targets))


def _names(flow: Flow, text: Text, target: Target) -> bool:
    if target.port and flow.port and target.port != flow.port:
        return False
    line = text.object.line_of(text.path, target.offset)
    mine = [e for e in flow.evidence if e.object == str(text.object.ref)]
    on_line = any(e.line == line and line for e in mine)
    return any(target.host in e.text.lower() for e in mine) and (on_line or not any(e.line for e in mine))


def foreign(context: Context, place: Place, flow: Flow) -> bool | None:
    """Whether the Host that is sent is not one of the callee's names; None where the text does not tell."""
    host = place.passing.host
    if not host:
        return None
    service = (
        context.inventory.service(flow.target.namespace, flow.target.name) if flow.target.kind == SERVICE else None
    )
    if service is None:
        return None
    if host == VISITOR:
        return True
    names = accepted_hosts(
        service.ref.name, service.ref.namespace, flow.source.namespace, context.cluster_domain, context.istio,
        cluster_ips=service.addresses, headless=service.headless,
    )  # fmt: skip
    return not host_matches(host, names)
