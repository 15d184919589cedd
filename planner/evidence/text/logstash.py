"""Logstash pipelines: outputs and filters call, inputs listen but for those that fetch.

Source: elastic.co/guide, structure of a pipeline (`input`, `filter`, `output`, `=>`), pages of the plugins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, keys, made
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand
from planner.evidence.words import word_set

_LOOKS = re.compile(r"(?m)^\s{0,40}(?:input|filter|output)\s{0,9}\{")
_TOKEN = re.compile(
    r"([A-Za-z_][\w.\-]{0,80})\s{0,20}\{|[{}\[\]]|([A-Za-z_][\w.\-]{0,80})\s{0,20}=>|\"([^\"]{0,2000})\"|'([^']{0,2000})'|([\w.:/\-]{1,400})"
)
_FETCHING = word_set("jdbc http_poller kafka redis rabbitmq elasticsearch s3 sqs imap jms sqlite couchdb_changes rss")
_PORTS = {"elasticsearch": 9200, "opensearch": 9200, "redis": 6379, "rabbitmq": 5672, "kafka": 9092, "mongodb": 27017}
_SPOKEN = {"tcp": "tcp", "udp": "udp", "lumberjack": "tcp", "gelf": "udp", "graphite": "tcp", "statsd": "statsd"}


@dataclass(slots=True)
class _Plugin:
    """One plugin of the pipeline."""

    name: str
    side: str
    settings: list[tuple[str, str, int]] = field(default_factory=list)

    def first(self, key: str) -> str:
        return next((value for name, value, _ in self.settings if name == key), "")


def looks_like(text: str) -> bool:
    """Whether a text is a pipeline of Logstash."""
    return "=>" in text and bool(_LOOKS.search(text))


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the addresses of the plugins, those of inputs that listen as their own.

    Args:
        text: The pipeline.
        known: Variables of its container.
    """
    for plugin in _plugins(text, known):
        yield from _addresses(plugin)


def _plugins(text: str, known: Mapping[str, str]) -> Iterator[_Plugin]:
    stack: list[_Plugin | None] = []
    side, key, listed = "", "", False
    for offset, raw in enumerate(text.splitlines()):
        line = expand(stripped(raw), known) if "$" in raw else stripped(raw)
        for match in _TOKEN.finditer(line[:20_000]):
            opened, setting = match[1], match[2]
            if opened or match[0] == "{":
                side = opened if not stack and opened else side
                stack.append(_Plugin(opened, side) if opened and opened not in ("if", "else") else None)
            elif match[0] == "}":
                plugin = stack.pop() if stack else None
                if plugin is not None:
                    yield plugin
            elif match[0] in ("[", "]"):
                listed = match[0] == "[" and bool(key)
                key = key if listed else ""
            elif setting:
                key = setting
            elif key and (inner := next((p for p in reversed(stack) if p is not None), None)):
                inner.settings.append((key, match[3] or match[4] or match[5] or "", offset))
                key = key if listed else ""


def _addresses(plugin: _Plugin) -> Iterator[Address]:
    listens = plugin.side == "input" and plugin.name not in _FETCHING
    spoken = _SPOKEN.get(plugin.name) or keys.protocol(plugin.name)
    secured = plugin.first("ssl") == "true" or plugin.first("ssl_enabled") == "true"
    default = str(_PORTS.get(plugin.name, ""))
    for name, value, offset in plugin.settings:
        if name in ("host", "hosts") and (bare := addresses.bare(value)):
            found = made.pair(bare.host, plugin.first("port") or default, offset, hint=spoken)
        elif "://" in value or ":" in value or keys.means_host(name):
            found = made.written(name, value, offset, hint=spoken)
        else:
            continue
        for address in found:
            bare_web = secured and spoken == "http" and not address.scheme and address.form is not Form.URL
            scheme = "https" if bare_web else address.scheme
            yield replace(address, scheme=scheme, role=Role.LISTEN if listens else address.role)
