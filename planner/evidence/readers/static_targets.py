"""Fixed targets of monitors: Probe (the prober calls them for the scraper) and ScrapeConfig.

Source: prometheus-operator.dev/docs/api-reference (Probe `spec.prober`, `spec.targets`; ScrapeConfig).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.evidence.hosts import Meaning
from planner.evidence.patterns import each
from planner.evidence.picking import picked
from planner.evidence.sighting import Address, Form, Sighting, cite
from planner.evidence.text import addresses
from planner.evidence.world import World
from planner.model.fields import Path, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER, Ref

READER = "scraping"
_SCRAPERS = ("Prometheus", "PrometheusAgent")
KINDS = (*_SCRAPERS, "Probe", "ScrapeConfig")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield what probers and scrapers are told to call by name."""
    for scraper in world.inventory.of_kind(*_SCRAPERS):
        for probe in picked(scraper, "Probe", "probe", world):
            yield from _probe(scraper, probe, world)
        for config in picked(scraper, "ScrapeConfig", "scrapeConfig", world):
            yield from _scrape_config(scraper, config)


def _probe(scraper: KubeObject, probe: KubeObject, world: World) -> Iterator[Sighting]:
    prober = _address(text_at(probe.raw, "spec", "prober", "url"), text_at(probe.raw, "spec", "prober", "scheme"))
    if prober is None:
        return
    yield _sighting(scraper.ref, prober, probe, ("spec", "prober", "url"), confidence.SCRAPE_CONFIGURED)
    for path, target in each(probe.raw, "spec.targets.staticConfig.static[]"):
        address = _address(target, "") if isinstance(target, str) else None
        for caller in _behind(prober, probe, world):
            if address:
                yield _sighting(caller, address, probe, path, confidence.CUSTOM_KNOWN)


def _behind(prober: Address, probe: KubeObject, world: World) -> tuple[Ref, ...]:
    """Workloads that answer at the prober's address."""
    resolved = world.hosts.resolve(prober.host, probe.ref.namespace)
    if resolved.meaning is not Meaning.SERVICE or resolved.service is None:
        return ()
    return tuple(workload.ref for workload in world.inventory.behind(resolved.service))


def _scrape_config(scraper: KubeObject, config: KubeObject) -> Iterator[Sighting]:
    scheme = text_at(config.raw, "spec", "scheme").lower() or "http"
    for path, target in each(config.raw, "spec.staticConfigs[].targets[]"):
        address = _address(target, scheme) if isinstance(target, str) else None
        if address:
            yield _sighting(scraper.ref, address, config, path, confidence.SCRAPE_CONFIGURED)
    for path, url in each(config.raw, "spec.httpSDConfigs[].url"):
        address = _address(url, "") if isinstance(url, str) else None
        if address:
            yield _sighting(scraper.ref, address, config, path, confidence.CUSTOM_KNOWN)
    for path, _ in each(config.raw, "spec.kubernetesSDConfigs[].role"):
        evidence = cite(READER, config, path, confidence.SERVICE_DISCOVERY, "kubernetesSDConfigs")
        yield Sighting(scraper.ref, API_SERVER, evidence, 443, "https")


def _address(text: str, scheme: str) -> Address | None:
    """Read a target: a URL, host:port, or a host alone."""
    for address in addresses.in_line(text):
        return address
    bare = addresses.bare(text.partition("/")[0])
    port = {"https": 443, "http": 80}.get(scheme)
    return Address(bare.host, port, "", text, form=Form.PAIR) if bare else None


def _sighting(caller: Ref, address: Address, obj: KubeObject, path: Path, sure: Ground) -> Sighting:
    protocol = "" if address.scheme else "http"
    return Sighting(caller, address, cite(READER, obj, path, sure, address.text), None, protocol, "", obj.ref.namespace)
