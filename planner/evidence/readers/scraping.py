"""Scrape configurations in ConfigMaps: fixed targets, and what discovery and relabelling choose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.evidence import confidence, relabel, targets
from planner.evidence.ground import Ground
from planner.evidence.sighting import Address, Form, Sighting, cite
from planner.evidence.targets import Listed
from planner.evidence.text import addresses, prometheus
from planner.evidence.text.prometheus import Discover, Job, Rule
from planner.evidence.world import World
from planner.model.fields import Path
from planner.model.flow import Evidence
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER, EVERYTHING, WILDCARD, Ref
from planner.model.workloads import Workload

READER = "scraping"
_ADDRESS = re.compile(r"\[?([\w.\-:]+?)\]?(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class _Config:
    """A scrape configuration and who runs it."""

    workload: Workload
    object: KubeObject
    path: Path

    def cite(self, line: int, text: str, sure: Ground = confidence.SCRAPE_CONFIGURED) -> Evidence:
        return cite(READER, self.object, self.path, sure, text, line)


def read(world: World) -> Iterator[Sighting]:
    """Yield what each workload with a scrape configuration scrapes."""
    for workload in world.runners:
        for mounted in world.mounted(workload):
            for name, text in mounted.files.items():
                if prometheus.looks_like(text):
                    yield from _file(_Config(workload, mounted.config, ("data", name)), text, world)


def _file(config: _Config, text: str, world: World) -> Iterator[Sighting]:
    scrapes = prometheus.scrapes(text)
    for job in prometheus.jobs(text):
        if job.discovers:
            evidence = config.cite(job.discovers[0].line, "kubernetes_sd_configs", confidence.SERVICE_DISCOVERY)
            yield Sighting(config.workload.ref, API_SERVER, evidence, 443, "https")
        if scrapes:
            yield from _fixed(config, job)
            for discover in job.discovers:
                yield from _discovered(config, job, discover, world)


def _fixed(config: _Config, job: Job) -> Iterator[Sighting]:
    for target, line in job.targets:
        address = _address(target, job.scheme, line)
        if address is None:
            continue
        reason = "called by an exporter, not by the scraper" if job.probes else ""
        evidence = config.cite(line, target)
        yield Sighting(config.workload.ref, address, evidence, protocol=job.scheme, suppressed=reason)
    if job.probes:
        for rule in job.rules:
            if rule.target == "__address__" and "$" not in rule.replacement and job.targets:
                yield from _replaced(config, job, rule, rule.replacement)


def _address(text: str, scheme: str, line: int) -> Address | None:
    for address in addresses.in_line(text, line):
        return address if address.form is Form.PAIR or address.scheme else None
    bare = addresses.bare(text)
    port = 443 if scheme == "https" else 80
    return Address(bare.host, port, "", text, line, Form.PAIR) if bare else None


def _replaced(config: _Config, job: Job, rule: Rule, text: str) -> Iterator[Sighting]:
    address = _address(text, job.scheme, rule.line)
    if address:
        yield Sighting(config.workload.ref, address, config.cite(rule.line, text), protocol=job.scheme)


def _discovered(config: _Config, job: Job, discover: Discover, world: World) -> Iterator[Sighting]:
    fixed = next((r for r in job.rules if r.target == "__address__" and "$" not in r.replacement), None)
    if fixed is None and not relabel.chooses(job.rules) and discover.role not in ("node", "ingress"):
        yield _everything(config, job, discover)
        return
    seen: set[tuple[Ref, int | None]] = set()
    for target in targets.listed(discover.role, discover.namespaces, world):
        kept = relabel.apply(job.rules, target.labels)
        if kept is None:
            continue
        labels, chosen = kept
        scheme = labels.get("__scheme__") or job.scheme
        match = _ADDRESS.fullmatch(labels.get("__address__", ""))
        if match is None:
            continue
        if match[1] == targets.STAND_IN:
            yield from _listed(config, job, target, match[2], scheme, chosen, seen, world)
        elif match[1] != "ingress.invalid" and fixed is not None:
            yield from _replaced(config, job, fixed, labels["__address__"])
            return


def _everything(config: _Config, job: Job, discover: Discover) -> Sighting:
    names = discover.namespaces
    target = Ref(names[0], "*", WILDCARD) if len(names) == 1 else EVERYTHING
    return Sighting(config.workload.ref, target, config.cite(discover.line, f"job {job.name}"), None, job.scheme)


def _listed(
    config: _Config,
    job: Job,
    target: Listed,
    port: str | None,
    scheme: str,
    chosen: tuple[Rule, ...],
    seen: set[tuple[Ref, int | None]],
    world: World,
) -> Iterator[Sighting]:
    number = int(port) if port and 0 < int(port) < 65536 else None
    ref, number = _callee(target, number, world)
    if (ref, number) in seen:
        return
    seen.add((ref, number))
    line = chosen[0].line if chosen else job.line
    yield Sighting(config.workload.ref, ref, config.cite(line, f"job {job.name}"), number, scheme)
    for path in _chosen_by(target, chosen):
        if target.object is not None:
            evidence = cite(READER, target.object, path, confidence.SCRAPE_CONFIGURED, str(path[-1]))
            yield Sighting(config.workload.ref, ref, evidence, number, scheme)


def _callee(target: Listed, number: int | None, world: World) -> tuple[Ref, int | None]:
    """Name the Service in front of a pod, where one leads to the scraped port."""
    if target.workload is None or number is None:
        return target.ref, number
    if target.ref == target.workload.ref:
        behind = world.service_for(target.workload, number)
        return (behind[0].ref, behind[1].number) if behind else (target.ref, number)
    service = world.inventory.service(target.ref.namespace, target.ref.name)
    if service and service.port(number) is None:
        behind = world.service_for(target.workload, number)
        number = behind[1].number if behind and behind[0].ref == target.ref else number
    return target.ref, number


def _chosen_by(target: Listed, chosen: tuple[Rule, ...]) -> Iterator[Path]:
    """Yield the annotations that a rule asked for: on the Service, or on the pod template."""
    if target.object is None:
        return
    pod = target.workload is not None and target.ref == target.workload.ref
    base: Path = (*target.workload.template_path, "metadata") if pod and target.workload else ("metadata",)
    annotations = target.workload.annotations if pod and target.workload else target.object.annotations
    wanted = {name.partition("_annotation_")[2] for rule in chosen for name in rule.sources if "_annotation_" in name}
    for key in sorted(annotations):
        if relabel.label_name(key) in wanted:
            yield (*base, "annotations", key)
