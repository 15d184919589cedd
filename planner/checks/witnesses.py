"""What is really spoken on a Service port, and who says so: probes, callers, images, names, numbers.

A witness is independent of the port's own declaration; two of them that agree are a fact, one is a hint.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planner.checks.context import Context, cite
from planner.checks.ports import Backend, Exposed
from planner.mesh.spoken import Carrier, carrier
from planner.mesh.well_known import from_image, from_port, from_port_name, from_scheme
from planner.model.fields import Path, dig, list_at, map_at, maps_at, text_at
from planner.model.finding import Rule
from planner.model.flow import Evidence
from planner.model.objects import KubeObject
from planner.model.refs import Ref

_SCHEME = re.compile(r"\b((?:jdbc:|r2dbc:)?[a-z][a-z0-9+.:-]{1,20})://")
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
_STRENGTH = {"probe": 3, "caller": 3, "ingress": 2, "image": 2, "container port": 2, "number": 1}
_BACKEND_PROTOCOL = "nginx.ingress.kubernetes.io/backend-protocol"
_GENERIC = ("tcp", "udp")


@dataclass(frozen=True, slots=True)
class Witness:
    """One reason to believe in a protocol.

    Attributes:
        spoken: The protocol, a word of `planner.mesh.spoken`.
        kind: `probe`, `caller`, `ingress`, `image`, `container port` or `number`.
        says: What it says, for a message: `the image redis:7 serves redis`.
        evidence: Where it stands.
    """

    spoken: str
    kind: str
    says: str
    evidence: Evidence

    @property
    def strength(self) -> int:
        """3 for one that sees the port at work, 1 for a habit of numbers."""
        return _STRENGTH[self.kind]

    @property
    def carrier(self) -> Carrier | None:
        """What a proxy would see."""
        return carrier(self.spoken)


def witnesses(context: Context, rule: Rule, port: Exposed) -> tuple[Witness, ...]:
    """Return what is known of a port besides its declaration, strongest first, one for each kind and word."""
    found = [*_callers(context, port), *_ingresses(context, rule, port)]
    for backend in port.backends:
        found.extend(_of_backend(rule, port, backend))
    once: dict[tuple[str, str], Witness] = {}
    for witness in sorted(found, key=lambda w: (-w.strength, w.spoken, w.evidence)):
        once.setdefault((witness.kind, witness.spoken), witness)
    return tuple(once.values())


def agreed(found: Iterable[Witness]) -> tuple[Witness, ...]:
    """Return the strongest witness with all that say the same on the wire; nothing where there is none."""
    ordered = list(found)
    return tuple(w for w in ordered if w.carrier is ordered[0].carrier) if ordered else ()


def spoken_word(found: Iterable[Witness]) -> str:
    """Return the strongest word, or an empty string."""
    return next((witness.spoken for witness in found), "")


def _of_backend(rule: Rule, port: Exposed, backend: Backend) -> Iterator[Witness]:
    if backend.container is None:
        return
    obj = backend.workload.object
    yield from _probes(rule, obj, backend)
    word = from_port_name(backend.name) if backend.name else None
    if word and word not in _GENERIC:
        where = cite(rule, obj, (*backend.path, "name"), backend.name)
        yield Witness(word, "container port", f"the container port is named {backend.name}", where)
    yield from _image(rule, obj, backend)
    yield from _number(rule, obj, port, backend)


def _probes(rule: Rule, obj: KubeObject, backend: Backend) -> Iterator[Witness]:
    container = backend.container
    for name in _PROBES if container else ():
        probe = map_at(container.raw, name)  # type: ignore[union-attr]
        path: Path = (*container.path, name)  # type: ignore[union-attr]
        http = map_at(probe, "httpGet")
        if http and http.get("port") in _named(backend):
            secure = text_at(http, "scheme").upper() == "HTTPS"
            where = cite(rule, obj, (*path, "httpGet", "scheme" if secure else "port"))
            word = "https" if secure else "http"
            yield Witness(word, "probe", f"the {name} speaks {word.upper()}", where)
        word = _asked(" ".join(str(part) for part in list_at(probe, "exec", "command")), backend)
        if word:
            where = cite(rule, obj, (*path, "exec", "command"))
            yield Witness(word, "probe", f"the {name} asks for {word}", where)
        if dig(probe, "grpc", "port") in _named(backend):
            yield Witness("grpc", "probe", f"the {name} speaks gRPC", cite(rule, obj, (*path, "grpc", "port")))


def _asked(command: str, backend: Backend) -> str:
    """Say which protocol the command of a probe speaks to this port, or nothing."""
    url = _LOCAL_URL.search(command)
    if url:
        port = int(url[2] or (443 if url[1] == "https" else 80))
        return url[1] if port == backend.number else ""
    only = backend.container is not None and len(backend.container.ports) <= 1
    return next((word for tool, word in _TOOLS.items() if only and re.search(rf"\b{tool}\b", command)), "")


_LOCAL_URL = re.compile(r"\b(https?)(?:://| )(?:localhost|127\.0\.0\.1|\$\(\w{1,40}\)|\[::1\])(?::(\d{1,5}))?")
_TOOLS = {
    "mysqladmin": "mysql",
    "mariadb-admin": "mysql",
    "redis-cli": "redis",
    "pg_isready": "postgres",
    "mongo": "mongo",
    "mongosh": "mongo",
    "grpc_health_probe": "grpc",
    "cqlsh": "cassandra",
}


def _named(backend: Backend) -> tuple[object, ...]:
    return tuple(value for value in (backend.number, backend.name, str(backend.number)) if value)


def _image(rule: Rule, obj: KubeObject, backend: Backend) -> Iterator[Witness]:
    """Ask the image, but only where it is clear that this port is the one that the product is known for."""
    container = backend.container
    word = from_image(container.image) if container else None
    if not container or not word:
        return
    single = len(container.ports) <= 1
    usual = backend.number is not None and from_port(backend.number) == word
    named = bool(backend.name) and from_port_name(backend.name) == word
    other = bool(backend.name) and from_port_name(backend.name) not in (None, word, *_GENERIC)
    if (single or usual or named) and not (other and carrier(word) is Carrier.HTTP):
        where = cite(rule, obj, (*container.path, "image"), container.image)
        yield Witness(word, "image", f"the image {container.image} serves {word}", where)


def _number(rule: Rule, obj: KubeObject, port: Exposed, backend: Backend) -> Iterator[Witness]:
    for number in dict.fromkeys((backend.number, port.port.number)):
        word = from_port(number) if number is not None else None
        if word and word not in _GENERIC:
            here = number == backend.number
            where = cite(rule, obj, backend.path) if here else cite(rule, port.service.object, (*port.path, "port"))
            yield Witness(word, "number", f"port {number} is usually {word}", where)
            return


def _callers(context: Context, port: Exposed) -> Iterator[Witness]:
    for flow_port, evidence in context.once(_schemes).get(port.service.ref, ()):
        match = _SCHEME.search(evidence.text.lower()) if flow_port == port.port.number else None
        word = from_scheme(match[1]) if match else None
        if match and word and word not in _GENERIC:
            yield Witness(word, "caller", f"a caller writes {match[1]}://", evidence)


def _schemes(context: Context) -> Mapping[Ref, tuple[tuple[int | None, Evidence], ...]]:
    """Evidence of callers that wrote a URL, by Service."""
    found: dict[Ref, list[tuple[int | None, Evidence]]] = defaultdict(list)
    for flow in context.graph.flows:
        for evidence in flow.evidence:
            if "://" in evidence.text and evidence.reader not in ("probes", "scraping"):
                found[flow.target].append((flow.port, evidence))
    return {ref: tuple(items) for ref, items in found.items()}


def _ingresses(context: Context, rule: Rule, port: Exposed) -> Iterator[Witness]:
    for ingress, path in context.once(_routed).get(port.service.ref, ()):
        wanted = map_at(ingress.raw, *path, "port")
        if port.port.number != wanted.get("number") and port.port.name != wanted.get("name", "*"):
            continue
        said = ingress.annotations.get(_BACKEND_PROTOCOL, "").upper()
        word = {"HTTPS": "https", "GRPC": "grpc", "GRPCS": "https"}.get(said, "http")
        where = cite(rule, ingress, ("metadata", "annotations", _BACKEND_PROTOCOL) if said else path, said)
        yield Witness(word, "ingress", f"an Ingress sends {said or 'HTTP'} to it", where)


def _routed(context: Context) -> Mapping[Ref, tuple[tuple[KubeObject, Path], ...]]:
    """Ingress backends by Service."""
    found: dict[Ref, list[tuple[KubeObject, Path]]] = defaultdict(list)
    for ingress in context.inventory.of_kind("Ingress"):
        for number, rule in maps_at(ingress.raw, "spec", "rules"):
            for index, item in maps_at(rule, "http", "paths"):
                name = text_at(item, "backend", "service", "name")
                if name:
                    path: Path = ("spec", "rules", number, "http", "paths", index, "backend", "service")
                    found[Ref(ingress.ref.namespace, name, "Service")].append((ingress, path))
    return {ref: tuple(items) for ref, items in found.items()}
