"""Addresses in environment variables: literal, `$(VAR)`, from ConfigMap keys and whole ConfigMaps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence import confidence, switches
from planner.evidence.emit import sight
from planner.evidence.sighting import Address, Form, Sighting, cite
from planner.evidence.text import addresses, config, keys, shell, values
from planner.evidence.variables import Variable
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import int_at, maps_at, text_at
from planner.model.refs import unknown
from planner.model.workloads import Container, Workload

READER = "environment"
_AGENTS = word_set(
    """agent collector statsd jaeger zipkin otel otlp datadog dd trace tracing daemon fluentd xray syslog"""
)
_FILE_NAME = re.compile(r"\.(?:ya?ml|json|properties|conf|cfg|ini|toml|sh|env|xml|txt)$", re.IGNORECASE)
_PORT_WORDS = ("PORT", "port", "Port")


def read(world: World) -> Iterator[Sighting]:
    """Yield the addresses in the environment of every container."""
    for workload in world.inventory.variants:
        for container in workload.containers:
            yield from _container(workload, container, world)
            yield from _node(workload, container)


def _container(workload: Workload, container: Container, world: World) -> Iterator[Sighting]:
    known = world.variables(workload, container)
    texts = {name: variable.value for name, variable in known.items()}
    off = switches.switched_off(texts, [word for _, word in container.words])
    for variable in known.values():
        value = world.links.put(variable.value, workload.ref.namespace)
        for address in _addresses(variable, value, texts):
            yield sight(
                READER,
                workload.ref,
                address,
                variable.object,
                variable.path,
                confidence.DIRECT,
                peer=keys.means_peer(variable.name),
                suppressed=switches.reason(variable.name, address.host, off),
            )


def _addresses(variable: Variable, value: str, known: Mapping[str, str]) -> Iterator[Address]:
    if _is_file(variable.name, value):
        yield from config.read(variable.name, value, known)
        return
    if "-D" in value or " --" in value or value.startswith("--"):
        yield from _options(value)
        return
    for address in values.found(variable.name, shell.expand(value, known)):
        yield _with_sibling(address, variable.name, known) if address.form in (Form.BARE, Form.WEAK) else address


def _is_file(name: str, value: str) -> bool:
    """Whether a variable holds a whole file: a ConfigMap of files that was loaded as environment, or JSON."""
    return (
        ("\n" in value and len(value) > 200)
        or (value[:1] == "{" and value.rstrip()[-1:] == "}")
        or bool(_FILE_NAME.search(name))
    )


def _options(value: str) -> Iterator[Address]:
    """Yield the addresses in a list of flags (`JAVA_OPTS`)."""
    for word in value.split()[:500]:
        name, _, text = word.strip("\"'").partition("=")
        yield from values.found(name.removeprefix("-D"), text.strip("\"'")) if text else addresses.in_line(word)


def _with_sibling(address: Address, name: str, known: Mapping[str, str]) -> Address:
    """Join a host with the port and the scheme of variables beside it: `DB_HOST`, `DB_PORT`."""
    port = next((p for n in _siblings(name, _PORT_WORDS) if (p := _number(known.get(n, "")))), None)
    scheme = next(
        (known[n].strip().lower() for n in _siblings(name, ("SCHEME", "PROTOCOL", "PROTO")) if n in known), ""
    )
    scheme = scheme if scheme in ("http", "https", "grpc") else ""
    if port is None:
        return replace(address, scheme=scheme)
    return replace(address, port=port, scheme=scheme, form=Form.SPLIT, sure=True, text=f"{address.text} {port}")


def _number(text: str) -> int | None:
    number = int_at({"port": text.strip()}, "port")
    return number if number and 0 < number < 65536 else None


def _siblings(name: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the names under which the port of a host variable may stand, nearest first."""
    for ending in endings:
        for word in (
            "HOSTNAME",
            "HOST",
            "ADDRESS",
            "ADDR",
            "SERVER",
            "SERVICE_NAME",
            "SERVICE",
            "ENDPOINT",
            "NAME",
            "URL",
        ):
            for host in (word, word.lower(), word.capitalize()):
                stem, found, rest = name.rpartition(host)
                if found and (not rest or not rest[0].isalnum()):
                    yield f"{stem}{ending}{rest}"
        yield f"{name}_{ending}"
        yield f"{name}.{ending.lower()}"
        yield f"{name}{ending.capitalize()}"


def _node(workload: Workload, container: Container) -> Iterator[Sighting]:
    """Yield calls to an agent on the node: the downward API hands over the node's address."""
    for index, entry in maps_at(container.raw, "env"):
        name = text_at(entry, "name")
        is_node = text_at(entry, "valueFrom", "fieldRef", "fieldPath") == "status.hostIP"
        if is_node and _AGENTS.intersection(keys.words(name)):
            path = (*container.path, "env", index)
            evidence = cite(READER, workload.object, path, confidence.MISSING, f"{name}: status.hostIP")
            yield Sighting(workload.ref, unknown("node-ip"), evidence, protocol=keys.protocol(name))
