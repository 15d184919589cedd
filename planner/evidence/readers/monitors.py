"""ServiceMonitor, PodMonitor and alerting of the Prometheus operator's and of VictoriaMetrics' custom resources.

The caller is the custom resource of kind Prometheus or VMAgent: the operator makes its pods.
Source: prometheus-operator.dev/docs/api-reference (an absent selector picks nothing, an empty one everything);
docs.victoriametrics.com/operator/api (the same under other names).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.hosts import service_ref
from planner.evidence.picking import picked
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World, container_ports
from planner.mesh.label_selector import matches
from planner.model.fields import Path, int_at, list_at, map_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER, Ref
from planner.model.services import Service, ServicePort
from planner.model.workloads import Workload

READER = "scraping"
_SCRAPERS = ("Prometheus", "PrometheusAgent", "VMAgent")
_MONITORS = {
    "Prometheus": (("ServiceMonitor", "serviceMonitor"), ("PodMonitor", "podMonitor")),
    "VMAgent": (("VMServiceScrape", "serviceScrape"), ("VMPodScrape", "podScrape")),
}
"""Kinds of monitors, and how the selectors are called that pick them."""
KINDS = (*_SCRAPERS, "ServiceMonitor", "PodMonitor", "VMServiceScrape", "VMPodScrape")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield what each Prometheus resource scrapes and where it sends alerts."""
    for scraper in world.inventory.of_kind(*_SCRAPERS):
        services, pods = _MONITORS.get(scraper.ref.kind, _MONITORS["Prometheus"])
        for monitor in picked(scraper, *services, world):
            yield from _service_monitor(scraper, monitor, world)
        for monitor in picked(scraper, *pods, world):
            yield from _pod_monitor(scraper, monitor, world)
        yield from _alerting(scraper, world)


def _namespaces(monitor: KubeObject) -> tuple[str, ...] | None:
    """Namespaces in which a monitor looks; None for all."""
    chosen = map_at(monitor.raw, "spec", "namespaceSelector")
    if chosen.get("any") is True:
        return None
    names = tuple(name for name in list_at(chosen, "matchNames") if isinstance(name, str))
    return names or (monitor.ref.namespace,)


def _service_monitor(scraper: KubeObject, monitor: KubeObject, world: World) -> Iterator[Sighting]:
    selector, namespaces = map_at(monitor.raw, "spec", "selector"), _namespaces(monitor)
    services = [
        s for s in world.inventory.services
        if (namespaces is None or s.ref.namespace in namespaces) and matches(selector, s.object.labels)
    ]  # fmt: skip
    wants_api = matches(selector, {"component": "apiserver", "provider": "kubernetes"}) and bool(selector)
    for index, endpoint in maps_at(monitor.raw, "spec", "endpoints"):
        field = next((name for name in ("port", "targetPort") if name in endpoint), "path")
        path: Path = ("spec", "endpoints", index, field)
        scheme = (text_at(endpoint, "scheme") or "http").lower()
        for service in services:
            for port in _ports(service, endpoint):
                evidence = cite(
                    READER, monitor, path, confidence.SCRAPE_CONFIGURED, f"ServiceMonitor {monitor.ref.name}"
                )
                yield Sighting(scraper.ref, service.ref, evidence, port.number, scheme)
        if wants_api and not services and (namespaces is None or "default" in namespaces):
            evidence = cite(READER, monitor, path, confidence.SCRAPE_ASSUMED_TARGET, "the API server's own Service")
            yield Sighting(scraper.ref, API_SERVER, evidence, 443, "https")


def _ports(service: Service, endpoint: Mapping[str, Any]) -> list[ServicePort]:
    name = text_at(endpoint, "port")
    if name:
        return [port for port in service.ports if port.name == name]
    target = int_at(endpoint, "targetPort") or text_at(endpoint, "targetPort")
    return [port for port in service.ports if port.target == target] if target else []


def _pod_monitor(scraper: KubeObject, monitor: KubeObject, world: World) -> Iterator[Sighting]:
    selector, namespaces = map_at(monitor.raw, "spec", "selector"), _namespaces(monitor)
    pods = [
        w for w in world.inventory.workloads
        if (namespaces is None or w.ref.namespace in namespaces) and matches(selector, w.labels)
    ]  # fmt: skip
    for index, endpoint in maps_at(monitor.raw, "spec", "podMetricsEndpoints"):
        field = next((name for name in ("port", "targetPort", "portNumber") if name in endpoint), "path")
        path: Path = ("spec", "podMetricsEndpoints", index, field)
        for workload in pods:
            found = _pod_port(workload, endpoint, world)
            if found:
                evidence = cite(READER, monitor, path, confidence.SCRAPE_CONFIGURED, f"PodMonitor {monitor.ref.name}")
                yield Sighting(
                    scraper.ref, found[0], evidence, found[1], (text_at(endpoint, "scheme") or "http").lower()
                )


def _pod_port(workload: Workload, endpoint: Mapping[str, Any], world: World) -> tuple[Ref, int] | None:
    number = int_at(endpoint, "portNumber") or int_at(endpoint, "targetPort")
    name = text_at(endpoint, "port") or text_at(endpoint, "targetPort")
    number = number or container_ports(workload).get(name)
    if number is None:
        return None
    behind = world.service_for(workload, number)
    return (behind[0].ref, behind[1].number) if behind else (workload.ref, number)


def _alerting(scraper: KubeObject, world: World) -> Iterator[Sighting]:
    for index, manager in maps_at(scraper.raw, "spec", "alerting", "alertmanagers"):
        name = text_at(manager, "name")
        namespace = text_at(manager, "namespace") or scraper.ref.namespace
        service = world.inventory.service(namespace, name)
        wanted = int_at(manager, "port") or text_at(manager, "port")
        known = service.port(wanted) if service and wanted else None
        if name:
            path: Path = ("spec", "alerting", "alertmanagers", index, "name")
            evidence = cite(READER, scraper, path, confidence.SCRAPE_CONFIGURED, f"alerts to {namespace}/{name}")
            port = known.number if known else (wanted if isinstance(wanted, int) else None)
            yield Sighting(
                scraper.ref,
                service_ref(namespace, name),
                evidence,
                port,
                (text_at(manager, "scheme") or "http").lower(),
            )
