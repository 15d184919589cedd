"""Spring Boot's `application.yml`, `application.properties` and `bootstrap.*`: properties with their placeholders.

A variable of the container beats the file, a profile switches a part of a file on, and `enabled: false` a subject off.
Source: Spring Boot reference, externalized configuration (relaxed binding, profiles, several documents in one file);
Spring Cloud reference (Config, Gateway, Netflix).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import keys, made, tree
from planner.evidence.text.placeholders import expand, relaxed
from planner.evidence.text.profiles import active, is_on, quarkus
from planner.evidence.text.values import NO_ADDRESS
from planner.model.fields import Path

_NAME = re.compile(r"(?:application|bootstrap)(?:-([\w\-]{1,60}))?\.(?:ya?ml|properties)")
_ROOTS = re.compile(r"(?m)^(?:spring|eureka|zuul|feign|ribbon)(?:\.[\w.\-\[\]]{1,200}\s{0,9}[=:]|:\s{0,9}$)")
_MARKS = ("spring", "eureka", "zuul", "feign", "ribbon")
_STRUCTURE = (
    "---",
    "${",
    "lb:",
    "profile",
    "enabled:",
    "instance:",
    "address:",
    "-uri:",
    "Uri:",
    "swagger",
    "springdoc",
)
_PROPERTY = re.compile(r"^\s{0,40}(%?[A-Za-z_][\w.\-\[\]\"]{0,200})\s{0,20}[=:]\s{0,20}(.*)$")
_SEPARATOR = re.compile(r"[#!]---\s*")
_OWN = ("server.", "management.server.", "eureka.instance.", "spring.boot.admin.client.instance.", "info.")
_FOR_PEOPLE = ("springdoc.", "swagger.", "knife4j.")
_REGISTRY = re.compile(r"\blb(?::wss?|:https?)?://([A-Za-z0-9][\w.\-]{0,252})")
_OFF = frozenset(("false", "no", "off"))


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its dotted name, its text, its line from 0."""

    name: str
    value: str
    line: int


def looks_like(name: str, text: str) -> bool:
    """Whether a file configures a Spring application."""
    if _NAME.fullmatch(name):
        return True
    return any(root in text for root in _MARKS) and bool(_ROOTS.search(text))


def read(name: str, text: str, known: Mapping[str, str]) -> Iterator[Address] | None:
    """Return the addresses of a file, or None where it is neither YAML nor properties.

    Args:
        name: File name; `application-prod.yml` belongs to a profile.
        text: Its contents.
        known: Variables of its container.
    """
    is_properties = name.endswith(".properties") or bool(
        re.match(r"\s{0,99}(?:#[^\n]{0,400}\n\s{0,99}){0,50}[\w.\-]{1,200}\s{0,9}=", text)
    )
    if not is_properties and not _pays(name, text, known):
        return None
    parts = list(_from_properties(text)) if is_properties else list(_from_yaml(text))
    return _all(name, parts, known) if any(parts) else None


def _pays(name: str, text: str, known: Mapping[str, str]) -> bool:
    """Whether a YAML file says anything that only its structure tells; other files are read faster by their lines."""
    if "-" in name or any(mark in text for mark in _STRUCTURE):
        return True
    return any(f"{variable.partition('_')[0].lower()}:" in text for variable in known if "_" in variable)


def _from_yaml(text: str) -> Iterator[tuple[Property, ...]]:
    for document in tree.documents(text):
        yield tuple(Property(_dotted(path), value, document.line(*path)) for path, value in document.leaves() if path)


def _dotted(path: Path) -> str:
    if not any(step.__class__ is int for step in path):
        return ".".join(map(str, path))
    name = ""
    for step in path:
        name += f"[{step}]" if isinstance(step, int) else (f".{step}" if name else step)
    return name


def _from_properties(text: str) -> Iterator[tuple[Property, ...]]:
    found: list[Property] = []
    for offset, line in enumerate(text.splitlines()):
        if _SEPARATOR.fullmatch(line.strip()):
            yield tuple(found)
            found = []
        elif not line.lstrip().startswith(("#", "!")) and (match := _PROPERTY.match(line)):
            found.append(Property(match[1], match[2].strip(), offset))
    yield tuple(found)


def _all(name: str, parts: list[tuple[Property, ...]], known: Mapping[str, str]) -> Iterator[Address]:
    profile = match[1] or "" if (match := _NAME.fullmatch(name)) else ""
    own = {p.name: p.value for p in (parts[0] if parts else ())}
    profiles = active(own, known)
    for part in parts:
        mine = {p.name: p.value for p in part}
        reason = is_on(mine, profile, profiles)
        yield from _document(part, {**own, **mine}, known, reason)


def _document(
    part: tuple[Property, ...], properties: Mapping[str, str], known: Mapping[str, str], reason: str
) -> Iterator[Address]:
    off = {
        name.rpartition(".")[0]: f"switched off by {name}: {value}"
        for name, value in properties.items()
        if name.endswith(".enabled") and expand(value, known).lower() in _OFF
    }
    scope = {**properties, **known}
    for item in part:
        if NO_ADDRESS.fullmatch(item.value):
            continue
        why_profile = quarkus(item.name, known)
        for address in _property(item, properties, scope):
            why = address.reason or reason or why_profile or _replaced(item, known) or _switched(item.name, off)
            yield replace(address, reason=why)


def _replaced(item: Property, known: Mapping[str, str]) -> str:
    variable = relaxed(item.name)
    return f"replaced by the variable {variable}" if variable in known else ""


def _switched(name: str, off: Mapping[str, str]) -> str:
    while "." in name:
        name = name.rpartition(".")[0]
        if name in off:
            return off[name]
    return ""


def _property(item: Property, properties: Mapping[str, str], scope: Mapping[str, str]) -> Iterator[Address]:
    value = expand(item.value, scope)
    if item.name.startswith("%"):
        item = replace(item, name=item.name.partition(".")[2])
    if item.name.startswith(_OWN):
        role: Role | None = Role.LISTEN if item.name.startswith(("server.", "management.")) else Role.PUBLIC
    else:
        role = Role.DISPLAY if item.name.startswith(_FOR_PEOPLE) or _is_for_browser(item.name) else None
    stem, _, last = item.name.rpartition(".")
    hint = keys.protocol(item.name)
    if (match := _REGISTRY.search(value)) and item.name.endswith(("uri", "url")):
        # Looked up in a registry of its own: the name may be a Service all the same.
        yield Address(match[1].lower(), None, "", match[0], item.line, Form.BARE, "http", sure=False)
        return
    port = expand(properties.get(f"{stem}.port", ""), scope)
    if last in ("host", "hostname", "server", "address") and made.port_number(port):
        yield from made.pair(value, port, item.line, hint=hint, role=role or Role.TARGET)
        return
    yield from made.written(_key(item.name), value, item.line, hint=hint, role=role)


def _is_for_browser(name: str) -> bool:
    return name.lower().replace("-", "").endswith(("authorizationuri", "userauthorizationuri", "redirecturi"))


def _key(name: str) -> str:
    """Return the words of a property that say what its value is: its end, without the indexes of lists."""
    plain = re.sub(r"\[\d{1,6}\]", "", name)
    return ".".join(plain.split(".")[-3:])
