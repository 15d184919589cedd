"""Addresses in environment variables: literal, `$(VAR)`, from ConfigMap keys and whole ConfigMaps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from planner.evidence import confidence, switches
from planner.evidence.emit import sight
from planner.evidence.exact_names import exact
from planner.evidence.membership import member
from planner.evidence.siblings import several, with_sibling
from planner.evidence.sighting import Address, Form, Sighting
from planner.evidence.text import addresses, config, keys, shell, values
from planner.evidence.variables import Variable
from planner.evidence.world import World
from planner.model.workloads import Container, Workload

READER = "environment"
_FILE_NAME = re.compile(r"\.(?:ya?ml|json|properties|conf|cfg|ini|toml|sh|env|xml|txt)$", re.IGNORECASE)
KINDS = ("ConfigMap",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the addresses in the environment of every container."""
    for workload in world.runners:
        for container in workload.containers:
            yield from _container(workload, container, world)


def _container(workload: Workload, container: Container, world: World) -> Iterator[Sighting]:
    known = world.variables(workload, container)
    texts = {name: variable.value for name, variable in known.items()}
    off = switches.switched_off(texts, [word for _, word in container.words])
    for variable in known.values():
        value = world.links.put(variable.value, workload.ref.namespace, texts)
        found = list(_addresses(variable, value, texts))
        if all(address.form is Form.WEAK for address in found):
            named = exact(variable.name, value, workload, world, texts)
            found = [named] if named else found
        for address in found:
            seen = sight(
                READER,
                workload.ref,
                address,
                variable.object,
                variable.path,
                confidence.DIRECT,
                peer=keys.means_peer(variable.name),
                suppressed=switches.reason(variable.name, address.host, off),
            )
            yield member(seen, world)


def _addresses(variable: Variable, value: str, known: Mapping[str, str]) -> Iterator[Address]:
    if _is_file(variable.name, value):
        yield from config.read(variable.name, value, known)
        return
    if "-D" in value or " --" in value or value.startswith("--"):
        yield from _options(value)
        return
    for address in values.found(variable.name, shell.expand(value, known)):
        joined = address.form in (Form.BARE, Form.WEAK)
        yield from several(address, variable.name, known) if joined else (address,)


def _is_file(name: str, value: str) -> bool:
    """Whether a variable holds a whole file: a ConfigMap of files that was loaded as environment, or JSON."""
    return (
        ("\n" in value and len(value) > 200)
        or (value[:1] == "{" and value.rstrip()[-1:] == "}")
        or bool(_FILE_NAME.search(name))
    )


def _options(value: str) -> Iterator[Address]:
    """Yield the addresses in a list of flags (`JAVA_OPTS`), a host with the port of the flag beside it."""
    parts = [word.strip("\"'").partition("=") for word in value.split()[:500]]
    options = {name.removeprefix("-D"): text.strip("\"'") for name, _, text in parts if text}
    for whole, _, text in parts:
        name = whole.removeprefix("-D")
        if not text:
            yield from addresses.in_line(whole)
            continue
        for address in values.found(name, text.strip("\"'")):
            yield with_sibling(address, name, options) if address.form is Form.BARE else address
