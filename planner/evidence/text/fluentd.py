"""Fluentd configuration: outputs call, inputs listen but for those that fetch.

Source: docs.fluentd.org, configuration file syntax, and the pages of the plugins (`out_forward`, `elasticsearch`, …).
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

_OPEN = re.compile(r"^\s{0,200}<([A-Za-z_][\w.\-]{0,60})(?:\s[^<>]{0,400})?>\s*$")
_PLUGIN = re.compile(r"(?m)^\s{0,200}@type\s{1,20}[A-Za-z_]\w{0,60}\s*$")
"""Only Fluentd names a plugin so; a file that others include may hold nothing but settings."""
_TYPED = re.compile(r"(?m)^\s{0,200}@?type\s{1,20}\S")
_CLOSE = re.compile(r"^\s{0,200}</([A-Za-z_][\w.\-]{0,60})>\s*$")
_SETTING = re.compile(r"^\s{0,200}@?([A-Za-z_][\w.]{0,80})\s{1,60}(\S.*)$")
_RUBY = re.compile(r"\"?#\{\s{0,9}(ENV[^{}]{1,200})\}\"?")
_FETCHING = word_set("kafka kafka_group rabbitmq mqtt mysql_replicator sql elasticsearch redis http_pull sqs s3 amqp")
_PORTS = {"forward": 24224, "secure_forward": 24284, "elasticsearch": 9200, "opensearch": 9200, "redis": 6379}
_SPOKEN = {"forward": "tcp", "gelf": "tcp", "secure_forward": "tls", "splunk_hec": "https", "kafka2": "kafka"}
_SECTIONS = word_set("source match filter label system store server secondary")


@dataclass(slots=True)
class _Block:
    """One block with the settings that stand in it."""

    name: str
    settings: dict[str, tuple[str, int]] = field(default_factory=dict)
    kind: str = ""
    side: str = ""


def looks_like(text: str) -> bool:
    """Whether a text is a configuration of Fluentd."""
    if "@type" in text and _PLUGIN.search(text):
        return True
    if "</" not in text or not any(mark in text for mark in ("<match", "<source", "<store", "<filter")):
        return False
    return bool(_TYPED.search(text))


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the addresses of the blocks, those of inputs as their own.

    Args:
        text: The configuration.
        known: Variables of its container.
    """
    open_blocks: list[_Block] = [_Block("")]
    for offset, raw in enumerate(text.splitlines()):
        line = stripped(_RUBY.sub(lambda match: match[1], raw)) if "#{" in raw else stripped(raw)
        line = expand(line, known)
        if opened := _OPEN.match(line):
            above = open_blocks[-1]
            side = opened[1] if opened[1] in ("source", "match", "filter") else above.side
            open_blocks.append(_Block(opened[1], kind=above.kind, side=side))
        elif _CLOSE.match(line):
            block = open_blocks.pop() if len(open_blocks) > 1 else _Block("")
            yield from _addresses(block)
        elif setting := _SETTING.match(line):
            block = open_blocks[-1]
            block.settings.setdefault(setting[1].lower(), (setting[2].strip().strip("\"'"), offset))
            if setting[1].lower() == "type" and (block.name in _SECTIONS or not block.name):
                block.kind = setting[2].strip().strip("\"'").lower()
    for block in open_blocks:
        yield from _addresses(block)


def _addresses(block: _Block) -> Iterator[Address]:
    listens = block.side == "source" and block.kind not in _FETCHING
    spoken = _SPOKEN.get(block.kind) or keys.protocol(block.kind)
    scheme = block.settings.get("scheme", ("", 0))[0].lower()
    scheme = scheme if scheme in ("http", "https") else ""
    port = block.settings.get("port", ("", 0))[0] or str(_PORTS.get(block.kind, ""))
    for name, (value, offset) in block.settings.items():
        if name in ("type", "port", "scheme", "path", "tag", "log_level"):
            continue
        if name in ("host", "hostname", "bind") and addresses.bare(value):
            found = made.pair(value, port, offset, scheme=scheme, hint=spoken)
        else:
            found = made.written(name, value, offset, hint=spoken, role=None)
        for address in found:
            bare_host = not address.scheme and address.form is not Form.URL
            role = Role.LISTEN if listens else address.role
            yield replace(address, scheme=scheme if bare_host else address.scheme, role=role)
