"""OpenTelemetry Collector configuration: exporters call, receivers listen but for those that fetch.

Only what a pipeline names is run at all.
Source: opentelemetry.io/docs/collector/configuration; open-telemetry/opentelemetry-collector(-contrib), the README of
each component.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import keys, made, tree
from planner.evidence.text.placeholders import expand
from planner.evidence.text.tree import Document
from planner.evidence.words import word_set
from planner.model.fields import dig, list_at, map_at, text_at

_NOT_RUN = "not in any pipeline"
_PARTS = ("receivers", "exporters", "extensions", "processors", "connectors")
_FETCHING = word_set(
    """httpcheck tcpcheck sshcheck redis postgresql mysql mongodb mongodbatlas nginx apache rabbitmq kafka kafkametrics
    elasticsearch memcached zookeeper couchdb haproxy jmx snmp sqlserver sqlquery oracledb solace aerospike bigip
    flinkmetrics riak saphana vcenter pulsar prometheus prometheus_simple simpleprometheus purefa purefb nsxt chrony
    expvar iis activemq mqtt nats azureeventhub cloudfoundry splunkenterprise dockerstats docker_stats podman_stats
    kubeletstats k8s_cluster k8sobjects github gitlab envoyadmin couchbase tlscheck ntp"""
)
"""Receivers that fetch; every other one with an address listens."""
_LISTENING = word_set(
    """prometheus health_check healthcheckv2 pprof zpages remotetap jaegerremotesampling jaeger_query remote_sampling
    expvar hpsf http_forwarder/ingress awsproxy"""
)
"""Exporters and extensions that listen."""
_HTTP = word_set("otlphttp otlp_http zipkin loki elasticsearch opensearch prometheusremotewrite logzio splunk_hec")
_NAMES = frozenset(
    ("brokers", "broker", "servers", "server_urls", "hostnames", "targets", "dsn", "datasource", "hosts")
)


def looks_like(text: str) -> bool:
    """Whether a text is a configuration of the collector."""
    return "receivers" in text and "exporters" in text and "pipelines" in text


def read(text: str, known: Mapping[str, str]) -> Iterator[Address] | None:
    """Return the addresses of a configuration, or None where it is no YAML or not the collector's.

    Args:
        text: YAML or JSON.
        known: Variables of its container.
    """
    documents = [d for d in tree.documents(expand(text, known)) if map_at(d.value, "service", "pipelines")]
    return _all(documents) if documents else None


def _all(documents: list[Document]) -> Iterator[Address]:
    for document in documents:
        run = _run(document)
        for part in _PARTS:
            for name in map_at(document.value, part):
                reason = "" if part == "processors" or name in run[part] else _NOT_RUN
                yield from _component(document, part, name, reason)
        for path, text in document.leaves("service", "telemetry"):
            listens = "prometheus" in path or path[-1] == "address"
            role = Role.LISTEN if listens else None
            yield from _written(document, path, text, "", role, "")


def _run(document: Document) -> Mapping[str, frozenset[str]]:
    """Return the names of the components that pipelines and the service name, by part."""
    pipelines = map_at(document.value, "service", "pipelines")
    named = {part: _named(pipelines, part) for part in _PARTS}
    named["connectors"] = named["receivers"] | named["exporters"]
    named["extensions"] = frozenset(str(name) for name in list_at(document.value, "service", "extensions"))
    return named


def _named(pipelines: Mapping[str, Any], part: str) -> frozenset[str]:
    return frozenset(str(name) for pipeline in pipelines.values() for name in list_at(pipeline, part))


def _component(document: Document, part: str, name: str, reason: str) -> Iterator[Address]:
    kind = name.partition("/")[0]
    listens = (part == "receivers" and kind not in _FETCHING) or (
        part in ("exporters", "extensions") and kind in _LISTENING
    )
    settings = dig(document.value, part, name)
    for path, text in document.leaves(part, name):
        if "tls" in path or "cors" in path or "headers" in path:
            continue
        served = listens or "ingress" in path
        role = Role.LISTEN if served else Role.TARGET
        for address in _written(document, path, text, kind, role, reason):
            yield address if served else _spoken(address, kind, settings)
    if kind == "loadbalancing":
        yield from _balanced(document, part, name, reason)


def _written(
    document: Document, path: tuple[str | int, ...], text: str, kind: str, role: Role | None, reason: str
) -> Iterator[Address]:
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    telling = key.endswith(("endpoint", "url", "address", "uri", "host", "addr")) or key in _NAMES or "://" in text
    if telling:
        hint = keys.protocol(kind)
        yield from made.written(key, text, document.line(*path), hint=hint, role=role, reason=reason, whole=False)


def _spoken(address: Address, kind: str, settings: Any) -> Address:
    """Say what is spoken: `otlp` is gRPC whatever the scheme, which only says whether TLS is used."""
    if kind in ("otlp", "otlp_grpc", "loadbalancing", "jaeger", "otelarrow", "opencensus"):
        scheme = "" if address.scheme == "https" else "grpc"
        port = address.port or (443 if address.scheme == "https" else None)
        return replace(address, scheme=scheme, hint="grpc", port=port)
    if not address.scheme and address.form is not Form.URL and kind in _HTTP:
        insecure = text_at(settings, "tls", "insecure") == "true"
        return replace(address, scheme="http" if insecure else address.scheme, hint="http")
    return address


def _balanced(document: Document, part: str, name: str, reason: str) -> Iterator[Address]:
    """Yield the collectors that traces are spread over: a name that is looked up, or a Service.

    Source: loadbalancingexporter README: `resolver.dns.port` and `resolver.k8s.ports` are 4317 where they are not set.
    """
    base = (part, name, "resolver")
    for kind, field in (("dns", "hostname"), ("k8s", "service")):
        host = text_at(document.value, *base, kind, field)
        port = (
            text_at(document.value, *base, kind, "port") or text_at(document.value, *base, kind, "ports", 0) or "4317"
        )
        line = document.line(*base, kind, field)
        yield from made.pair(host, port, line, scheme="grpc", hint="grpc", reason=reason)
