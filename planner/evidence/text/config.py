"""A configuration file to the addresses in it, each file in its own syntax."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form
from planner.evidence.text import general, keys, shell, syntaxes, values

_HOST_PAIRS = re.compile(
    r"(?i)host|addr|server|url|uri|endpoint|broker|upstream|repositor|replicaof|slaveof|monitor|connect|forward|_peer|_pass|\.svc\b|\$\{"
)
_NUMBERED = re.compile(r":\d{2}|=[\"']?\d{2}")
_LARGEST, _ONE_VALUE, _DEEPEST = 4_000_000, 300, 3
_EXAMPLE = "an example"


def read(name: str, text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the addresses of one file.

    Args:
        name: File name; what stands under `_example` is one.
        text: Its contents.
        known: Variables of the container that mounts it.
    """
    text = text[:_LARGEST]
    if not _worth_reading(name, text):
        return
    if name.startswith("_example"):
        yield from (replace(address, reason=_EXAMPLE) for address in _read("", text, known))
        return
    yield from _read(name, text, known)


def _read(name: str, text: str, known: Mapping[str, str], depth: int = 0) -> Iterator[Address]:
    if len(text.split()) == 1 and "=" not in text and text.strip()[:1] not in ("{", "["):
        yield from (found for found in values.found(name, text) if found.form is not Form.WEAK)
        return
    found = syntaxes.read(name, text, known)
    if found is not None:
        yield from found
        return
    nested = (lambda inner: _read("", inner, known, depth + 1)) if depth < _DEEPEST else None
    if text.lstrip()[:1] in ("{", "[") and text.count("\n") < 3 and (tree := _json(text)) is not None:
        yield from general.walk(tree, "", nested)
    else:
        yield from general.read(text, known, nested)


def _worth_reading(name: str, text: str) -> bool:
    if not text or is_dashboard(text) or is_kubeconfig(text):
        return False
    if shell.looks_like(name, text) or (len(text) < _ONE_VALUE and keys.means_host(name)):
        return True
    return "://" in text or bool(_HOST_PAIRS.search(text)) or bool(_NUMBERED.search(text)) or "/dev/tcp" in text


def is_dashboard(text: str) -> bool:
    """Whether a text is a Grafana dashboard: nothing but queries and links for people."""
    return '"panels"' in text and ('"schemaVersion"' in text or '"templating"' in text or '"gridPos"' in text)


def is_kubeconfig(text: str) -> bool:
    """Whether a text is a kubeconfig for the cluster that the pod runs in: its server is the API server."""
    return "clusters:" in text and "current-context" in text and "kubernetes.io/serviceaccount/token" in text


def _json(text: str) -> object | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
