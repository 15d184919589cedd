"""Which syntaxes are known: how each is recognised by a cheap look at a file, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from planner.evidence.sighting import Address
from planner.evidence.text import (
    apache,
    caddy,
    coredns,
    dex,
    envoy,
    fluentbit,
    fluentd,
    grafana,
    haproxy,
    logstash,
    nginx,
    otel,
    pages,
    shell,
    spring,
)

Known = Mapping[str, str]
"""Variables of the container that mounts a file."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """One syntax.

    Attributes:
        looks_like: From name and text to whether it is worth trying.
        read: From name, text and variables to addresses; None where it is not of this syntax after all.
    """

    looks_like: Callable[[str, str], bool]
    read: Callable[[str, str, Known], Iterator[Address] | None]


def _by_text(looks_like: Callable[[str], bool], read: Callable[[str, Known], Iterator[Address] | None]) -> Syntax:
    """Return a syntax that does not care for the name of the file."""
    return Syntax(lambda _, text: looks_like(text), lambda _, text, known: read(text, known))


def _nginx(text: str, known: Known) -> Iterator[Address]:
    return chain(nginx.read(text, known), nginx.left_out(text))


ALL: tuple[Syntax, ...] = (
    Syntax(shell.looks_like, lambda _, text, known: shell.read(text, known)),
    _by_text(nginx.looks_like, _nginx),
    _by_text(otel.looks_like, otel.read),
    _by_text(envoy.looks_like, envoy.read),
    _by_text(grafana.looks_like, grafana.read),
    Syntax(spring.looks_like, spring.read),
    _by_text(fluentbit.looks_like, fluentbit.read),
    _by_text(fluentd.looks_like, fluentd.read),
    _by_text(logstash.looks_like, logstash.read),
    _by_text(haproxy.looks_like, haproxy.read),
    _by_text(caddy.looks_like, caddy.read),
    _by_text(coredns.looks_like, coredns.read),
    _by_text(apache.looks_like, apache.read),
    _by_text(dex.looks_like, dex.read),
    _by_text(pages.looks_like, pages.read),
)
"""Every syntax; the first that takes a file reads it, and what none takes is read by its lines."""


def takes_variables(name: str, text: str) -> bool:
    """Whether variables of the container can change what a file says."""
    return "$" in text or "env" in text or "ENV" in text or spring.looks_like(name, text)


def read(name: str, text: str, known: Known) -> Iterator[Address] | None:
    """Return the addresses of a file in a syntax that is known, or None where it is in none of them."""
    for syntax in ALL:
        found = syntax.read(name, text, known) if syntax.looks_like(name, text) else None
        if found is not None:
            return found
    return None
