"""Grafana's provisioned data sources: the server calls them, unless the browser does.

Source: grafana.com/docs, provisioning, data sources: `url`, `type`, and `access`, which is `proxy` where it is not set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import keys, made, tree
from planner.evidence.text.placeholders import expand
from planner.evidence.text.tree import Document
from planner.model.fields import Path, dig, list_at, text_at

_BROWSER = "called by the browser"
_SPOKEN = {
    "postgres": "postgres", "grafana-postgresql-datasource": "postgres", "mysql": "mysql", "mssql": "sqlserver",
    "redis-datasource": "redis", "grafana-mongodb-datasource": "mongo", "grafana-mqtt-datasource": "mqtt",
    "hadesarchitect-cassandra-datasource": "cassandra", "frser-sqlite-datasource": "",
    "alexanderzobnin-zabbix-datasource": "http", "grafana-clickhouse-datasource": "clickhouse",
}  # fmt: skip
_LINKS = ("derivedFields", "exemplarTraceIdDestinations", "dataLinks")


def looks_like(text: str) -> bool:
    """Whether a text provisions data sources."""
    return "datasources" in text and "type" in text and ("url" in text or "host" in text)


def read(text: str, known: Mapping[str, str]) -> Iterator[Address] | None:
    """Return the addresses of data sources, or None where the text holds none.

    Args:
        text: The provisioning file.
        known: Variables of its container.
    """
    documents = [d for d in tree.documents(expand(text, known)) if _listed(d)]
    return _all(documents) if documents else None


def _listed(document: Document) -> Path:
    """Return the path of the list of data sources; charts nest it below the name of the file."""
    for path in (("datasources",), ("datasources", "datasources.yaml", "datasources")):
        if any(isinstance(dig(item, "type"), str) for item in list_at(document.value, *path)):
            return path
    return ()


def _all(documents: list[Document]) -> Iterator[Address]:
    for document in documents:
        path = _listed(document)
        for index, source in enumerate(list_at(document.value, *path)):
            yield from _source(document, (*path, index), source)


def _source(document: Document, path: Path, source: Any) -> Iterator[Address]:
    browser = text_at(source, "access").lower() in ("direct", "browser")
    reason = _BROWSER if browser else ""
    spoken = _SPOKEN.get(text_at(source, "type"), "http")
    for below, text in document.leaves(*path):
        name = str(below[-1])
        if any(link in below for link in _LINKS):
            yield from made.written(name, text, document.line(*below), role=Role.DISPLAY, whole=False)
        elif below == (*path, "url"):
            yield from _url(text, document.line(*below), spoken, reason)
        elif keys.means_host(name) or "://" in text:
            yield from made.written(name, text, document.line(*below), reason=reason, whole=False)


def _url(text: str, line: int, spoken: str, reason: str) -> Iterator[Address]:
    for address in made.written("url", text, line, hint=spoken, reason=reason, whole=False):
        bare = spoken == "http" and not address.scheme and address.form is not Form.URL
        yield replace(address, scheme="http" if bare else address.scheme, role=Role.TARGET)
