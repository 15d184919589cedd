"""Fluent Bit configuration, classic and YAML: outputs call, inputs listen but for those that fetch.

Source: docs.fluentbit.io, configuration file, and the pages of the plugins with their defaults for `port`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import keys, made, tree
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand
from planner.evidence.words import word_set
from planner.model.fields import list_at, map_at

_SECTION = re.compile(r"^\s{0,40}\[(\w{1,40})\]\s*$")
_SETTING = re.compile(r"^\s{0,80}([A-Za-z_][\w.]{0,80})\s{1,80}(\S.*)$")
_SET = re.compile(r"^\s{0,40}@SET\s{1,20}(\w{1,100})=(.{0,400})$", re.IGNORECASE)
_LOOKS = re.compile(r"(?m)^\s{0,40}\[(?:OUTPUT|INPUT|FILTER|SERVICE)\]\s*$|^pipeline:")
_FETCHING = word_set("kafka prometheus_scrape node_exporter_metrics kubernetes_events elasticsearch_pull nginx_metrics")
_PORTS = {"es": 9200, "opensearch": 9200, "forward": 24224, "loki": 3100, "http": 80, "kafka-rest": 8082, "nats": 4222,
          "influxdb": 8086, "gelf": 12201, "syslog": 514, "splunk": 8088, "tcp": 5170, "opentelemetry": 80,
          "pgsql": 5432, "prometheus_remote_write": 80, "datadog": 443, "udp": 5170}  # fmt: skip
_HTTP = word_set(
    "es opensearch loki http kafka-rest influxdb splunk opentelemetry prometheus_remote_write datadog slack"
)
_SPOKEN = {"forward": "tcp", "gelf": "tcp", "syslog": "syslog", "nats": "nats", "pgsql": "postgres", "kafka": "kafka"}
_YES = frozenset(("on", "true", "yes", "1"))

Settings = dict[str, tuple[str, int]]


def looks_like(text: str) -> bool:
    """Whether a text is a configuration of Fluent Bit."""
    if not any(mark in text for mark in ("[OUTPUT]", "[INPUT]", "[FILTER]", "[SERVICE]", "pipeline:")):
        return False
    if not _LOOKS.search(text):
        return False
    return "pipeline:" not in text or ("outputs:" in text and "name:" in text)


def read(text: str, known: Mapping[str, str]) -> Iterator[Address] | None:
    """Return the addresses of inputs, filters and outputs, or None where it is no such text.

    Args:
        text: Classic sections or YAML.
        known: Variables of its container.
    """
    if "[" not in text or "\npipeline:" in f"\n{text}":
        documents = [d for d in tree.documents(expand(text, known)) if map_at(d.value, "pipeline")]
        return _from_yaml(documents) if documents else None
    return _from_sections(text, known)


def _from_yaml(documents: list[tree.Document]) -> Iterator[Address]:
    for document in documents:
        for part in ("inputs", "filters", "outputs"):
            for index, item in enumerate(list_at(document.value, "pipeline", part)):
                path = ("pipeline", part, index)
                settings = {
                    str(key).lower(): (value, document.line(*path, key))
                    for key, value in map_at(item).items()
                    if isinstance(value, str)
                }
                yield from _addresses(part[:-1], settings)


def _from_sections(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    scope = dict(known)
    section, settings = "", Settings()
    for offset, raw in enumerate(text.splitlines()):
        line = stripped(raw)
        if not line.strip():
            continue
        if variable := _SET.match(line):
            scope[variable[1]] = variable[2].strip()
        elif opened := _SECTION.match(line):
            yield from _addresses(section, settings)
            section, settings = opened[1].lower(), Settings()
        elif setting := _SETTING.match(expand(line, scope)):
            settings.setdefault(setting[1].lower(), (setting[2].strip(), offset))
    yield from _addresses(section, settings)


def _addresses(section: str, settings: Settings) -> Iterator[Address]:
    kind = settings.get("name", ("", 0))[0].lower()
    listens = section == "input" and kind not in _FETCHING
    secured = settings.get("tls", ("", 0))[0].lower() in _YES
    spoken = _SPOKEN.get(kind) or ("http" if kind in _HTTP else keys.protocol(kind))
    scheme = ("https" if secured else "http") if kind in _HTTP else ("tls" if secured else "")
    port = settings.get("port", ("", 0))[0] or (str(_PORTS.get(kind, "")) if section == "output" else "")
    for name, (value, offset) in settings.items():
        if name in ("host", "listen"):
            for address in made.pair(value, port, offset, scheme=scheme, hint=spoken):
                yield replace(address, role=Role.LISTEN) if listens or name == "listen" else address
        elif name not in ("name", "port", "match", "tag", "path", "http_user", "http_passwd", "uri"):
            for address in made.written(name, value, offset, hint=spoken):
                if address.form is not Form.BARE or "host" in name or "broker" in name:
                    yield replace(address, role=Role.LISTEN) if listens else address
