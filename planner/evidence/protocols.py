"""What is spoken on a flow, from all that says something, strongest first.

A reader that knows, the scheme, the port's name, the probe of that very port, the image behind it, the port's
number, the words around the address; `unknown` where nothing says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.evidence.sighting import Address, Sighting
from planner.evidence.world import World, container_of
from planner.mesh.spoken import Carrier, carrier
from planner.mesh.well_known import HABITS_OF_HTTP, from_image, from_port, from_port_name, from_scheme
from planner.model.fields import int_at, map_at
from planner.model.services import Service, ServicePort
from planner.model.workloads import Workload

_CARRIERS = frozenset(("tcp", "tls", "udp", ""))
_ANYTHING = frozenset(("http", "https", "grpc", "tcp", "tls"))
"""What a number says that many products use."""
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is spoken, and what says so.

    Attributes:
        protocol: Lower case, `unknown` where nothing says.
        by: What says so, for a person; empty where nothing does.
    """

    protocol: str
    by: str


def spoken(sightings: Iterable[Sighting], port: int | None, service: Service | None, world: World) -> Spoken:
    """Decide what is spoken; see the module.

    Args:
        sightings: All sightings of one flow.
        port: Port that the caller uses.
        service: The callee, where it is a Service.
        world: For what stands behind it.
    """
    said = tuple(sightings)
    known = service.port(port) if service and port else None
    named = _by_port_name(known)
    if known and known.l4 == "UDP":
        return _datagrams(known, named)
    weak = Spoken("unknown", "")
    for by, guesses in _guesses(said, port, service, known, named, world):
        for guess in guesses:
            if guess and guess not in _CARRIERS:
                return Spoken("grpc" if guess == "http" and _is_grpc(named, port) else guess, by)
            weak = Spoken(guess, by) if guess and not weak.by else weak
    return weak


def _datagrams(port: ServicePort, named: str) -> Spoken:
    """Decide for a UDP port, on whose number products of TCP say nothing."""
    usual = from_port(port.number) or ""
    if carrier(named) is Carrier.UDP:
        return Spoken(named, "the name of the port")
    return (
        Spoken(usual, "the number of the port") if carrier(usual) is Carrier.UDP else Spoken("udp", "the port itself")
    )


def _is_grpc(named: str, port: int | None) -> bool:
    """Whether a URL's `http://` only says that gRPC goes without TLS."""
    return named == "grpc" or port == 4317


def _guesses(
    said: tuple[Sighting, ...],
    port: int | None,
    service: Service | None,
    known: ServicePort | None,
    named: str,
    world: World,
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield who says something, and what, the most reliable first."""
    yield "the kind of the call", _settled(sorted({s.protocol for s in said if s.protocol}), named)
    yield "the scheme of the address", _settled(sorted({scheme for s in said if (scheme := _scheme(s))}), named)
    behind = world.inventory.behind(service) if service else ()
    target = known.target if known else port
    hints = sorted({s.target.hint for s in said if isinstance(s.target, Address) and s.target.hint})
    numbers = [n for n in (port, known.target if known else None) if isinstance(n, int)]
    usual = [found for number in numbers if (found := from_port(number))]
    images = [_by_image(workload, target) for workload in behind] if target else []
    agreed = [found for found in usual if found not in _ANYTHING and found in (*images, *hints)]
    # A name is easily copied from another Service; a product's own number with a second witness is not.
    yield "the number of the port and a second witness", agreed
    yield "the name of the port", (named,)
    if target:
        yield "a probe of that port", [_by_probe(workload, target) for workload in behind]
        # One image may hold several products, and a number that belongs to one of them tells which one is meant.
        yield "the number of the port", [found for found in usual if found not in _ANYTHING]
        yield "the image behind it", images
    yield "the name of the setting", [hint for hint in hints if hint != "http"]
    yield "the number of the port", usual
    yield "the name of the setting", hints
    yield "a habit of that port number", ("http" if HABITS_OF_HTTP.intersection(numbers) else "",)
    yield "the name of the port", ("tcp" if known and known.name.startswith("tcp") else "",)


def _settled(protocols: list[str], named: str) -> list[str]:
    """Order what was said so that the port's name settles a disagreement."""
    return sorted(protocols, key=lambda protocol: (protocol != named, protocol in _CARRIERS, protocol))


def _scheme(sighting: Sighting) -> str:
    if not isinstance(sighting.target, Address) or not sighting.target.scheme:
        return ""
    return from_scheme(sighting.target.scheme) or ""


def _by_port_name(port: ServicePort | None) -> str:
    if port is None:
        return ""
    for text in (port.app_protocol or "", port.name, port.target if isinstance(port.target, str) else ""):
        found = from_port_name(text.rpartition("/")[2]) if text else None
        if found and found not in _CARRIERS:
            return found
    return ""


def _by_probe(workload: Workload, target: int | str) -> str:
    """Ask the probe that calls this very port."""
    container = container_of(workload, target)
    for name in _PROBES if container else ():
        for kind, protocol in (("httpGet", "http"), ("grpc", "grpc")):
            probe = map_at(container.raw if container else {}, name, kind)
            wanted = int_at(probe, "port") or probe.get("port")
            if wanted is not None and wanted in _same_port(workload, target):
                return "https" if str(probe.get("scheme", "")).upper() == "HTTPS" else protocol
    return ""


def _same_port(workload: Workload, target: int | str) -> set[int | str]:
    found: set[int | str] = {target}
    for container in workload.containers:
        for port in container.ports:
            number, name = int_at(port, "containerPort"), port.get("name")
            if target in (number, name):
                found |= {value for value in (number, name) if isinstance(value, int | str)}
    return found


def _by_image(workload: Workload, target: int | str) -> str:
    container = container_of(workload, target)
    return (from_image(container.image) or "") if container else ""
