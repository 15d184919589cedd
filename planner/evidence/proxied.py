"""Calls that an ingress controller makes for its own sake: to ask who a caller is, to mirror, to fetch an error page.

The caller is the controller. Where none was read, a Service of the cluster is still called by somebody who stands
for the outside; a host outside the cluster is then left out, since nobody read calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.controllers import Caller
from planner.evidence.hosts import Meaning
from planner.evidence.sighting import Address, Role, Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, Ref

NOT_READ = "called by an ingress controller that was not read"


def called(
    reader: str,
    target: Address | Ref,
    obj: KubeObject,
    path: Path,
    callers: Sequence[Caller],
    world: World,
    port: int | None = None,
    protocol: str = "",
) -> Iterator[Sighting]:
    """Yield one sighting per controller that makes such a call.

    Args:
        reader: Name of the reader.
        target: Whom it calls.
        obj: Object that says so.
        path: Field that says so.
        callers: Controllers that serve the object; none where none was read.
        world: Tells whether an address is a Service.
        port: Port, where the target is a Service.
        protocol: What is spoken, where the target does not say.
    """
    text = target.text
    if isinstance(target, Address):
        target = replace(target, role=Role.TARGET)
    for ref, sure in callers:
        evidence = cite(reader, obj, path, sure, text)
        yield Sighting(ref, target, evidence, port, protocol, namespace=obj.ref.namespace)
    if not callers:
        inside = not isinstance(target, Address) or _is_service(target, obj, world)
        evidence = cite(reader, obj, path, confidence.LIKELY_CONTROLLER, text)
        reason = "" if inside else NOT_READ
        yield Sighting(CLIENT, target, evidence, port, protocol, reason, obj.ref.namespace)


def _is_service(address: Address, obj: KubeObject, world: World) -> bool:
    return world.hosts.resolve(address.host, obj.ref.namespace).meaning is Meaning.SERVICE


def left_out(reader: str, address: Address, obj: KubeObject, path: Path, reason: str) -> Sighting:
    """Return an address that is no flow, with the reason."""
    evidence = cite(reader, obj, path, confidence.LIKELY_CONTROLLER, address.text, address.offset)
    return Sighting(None, address, evidence, suppressed=reason)
