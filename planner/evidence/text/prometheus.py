"""Scrape configurations of Prometheus and its relatives: jobs with their targets and rules.

Source: prometheus.io/docs/prometheus/latest/configuration/configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from planner.evidence.text import tree
from planner.model.fields import list_at, maps_at, text_at

_KEY = "scrape_configs:"
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One relabelling rule, with the line of its most telling word."""

    sources: tuple[str, ...]
    separator: str
    regex: str
    action: str
    target: str
    replacement: str
    line: int


@dataclass(frozen=True, slots=True)
class Discover:
    """One `kubernetes_sd_configs` entry: what is listed, and in which namespaces (empty for all)."""

    role: str
    namespaces: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Job:
    """One scrape job.

    Attributes:
        name: Its name.
        line: Line of its name in the text, from 0.
        scheme: `http` or `https`.
        targets: Fixed targets, each with its line.
        discovers: What it asks the API server for.
        rules: Relabelling before the scrape.
    """

    name: str
    line: int
    scheme: str
    targets: tuple[tuple[str, int], ...]
    discovers: tuple[Discover, ...]
    rules: tuple[Rule, ...]

    @property
    def probes(self) -> bool:
        """Whether its targets are handed to an exporter that calls them."""
        return any(rule.target == "__param_target" for rule in self.rules)


def looks_like(text: str) -> bool:
    """Whether a text holds a scrape configuration."""
    return _KEY in text


def scrapes(text: str) -> bool:
    """Whether the jobs scrape; those of a log shipper only list pods."""
    return not ("positions:" in text and ("clients:" in text or "loki" in text))


def without_jobs(text: str) -> str:
    """Return a text with the lines of its scrape jobs emptied, so that line numbers stay."""
    kept: list[str] = []
    inside: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if (
            inside is not None
            and line.strip()
            and indent <= inside
            and not (indent == inside and line.lstrip()[:1] == "-")
        ):
            inside = None
        if inside is None and line.strip().startswith(_KEY):
            inside = indent
        kept.append(line if inside is None else "")
    return "\n".join(kept)


@lru_cache(maxsize=256)
def jobs(text: str) -> tuple[Job, ...]:
    """Return the jobs of a configuration; none where it is no YAML (a template, say)."""
    documents = tree.documents(text) if len(text) <= _LARGEST else ()
    lines = text.splitlines()
    return tuple(_job(raw, lines) for raw in _raw_jobs(documents[0].value if documents else None))


def _raw_jobs(root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the jobs wherever they stand (an OpenTelemetry collector nests the whole configuration)."""
    seen: set[int] = set()
    waiting = [(root, 0)]
    while waiting:
        value, depth = waiting.pop()
        if id(value) in seen or depth > 12:
            continue
        seen.add(id(value))
        if isinstance(value, Mapping):
            yield from (job for _, job in maps_at(value, "scrape_configs"))
            yield from (job for _, job in maps_at({"x": value.get("config")}, "x", "scrape_configs"))
            waiting += [(child, depth + 1) for name, child in value.items() if name != "scrape_configs"]


def _job(raw: Mapping[str, Any], lines: list[str]) -> Job:
    name = str(raw.get("job_name", ""))
    start = _line(lines, name, 0, "job_name")
    discovers = tuple(
        Discover(
            text_at(sd, "role").lower(),
            tuple(n for n in list_at(sd, "namespaces", "names") if isinstance(n, str)),
            _line(lines, "kubernetes_sd_configs", start),
        )
        for _, sd in maps_at(raw, "kubernetes_sd_configs")
    )
    targets = tuple(
        (target, _line(lines, target, start))
        for _, group in maps_at(raw, "static_configs")
        for target in list_at(group, "targets")
        if isinstance(target, str)
    )
    rules = tuple(_rule(rule, lines, start) for _, rule in maps_at(raw, "relabel_configs"))
    return Job(name, start, text_at(raw, "scheme") or "http", targets, discovers, rules)


def _rule(raw: Mapping[str, Any], lines: list[str], start: int) -> Rule:
    regex = str(raw.get("regex", "(.*)"))
    replacement = str(raw.get("replacement", "$1"))
    sources = tuple(str(name) for name in list_at(raw, "source_labels"))
    telling = (
        regex
        if "regex" in raw and len(regex) > 4 and not regex.startswith("(")
        else (sources[0] if sources else replacement)
    )
    action = (text_at(raw, "action") or "replace").lower()
    also = "regex" if telling == regex else ""
    line = _line(lines, telling, start, also)
    return Rule(sources, str(raw.get("separator", ";")), regex, action, text_at(raw, "target_label"), replacement, line)


def _line(lines: list[str], needle: str, start: int, also: str = "") -> int:
    for number in range(start, len(lines)):
        if needle in lines[number] and also in lines[number]:
            return number
    return start
