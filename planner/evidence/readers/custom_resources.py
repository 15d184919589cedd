"""Addresses in custom resources: fields that are known to be called, and, less sure, all others.

Which fields and by whom stands in `planner.evidence.operator_tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.as_text import as_text
from planner.evidence.callers import Callers
from planner.evidence.emit import sight
from planner.evidence.operator_tables import CALLS, FOR_PODS, KINDS, NOBODY, Call
from planner.evidence.patterns import each, strings
from planner.evidence.proxy_tables import ROWS
from planner.evidence.siblings import with_sibling
from planner.evidence.sighting import Address, Form, Sighting
from planner.evidence.tasks import RUNS
from planner.evidence.text import addresses, config, otel, values
from planner.evidence.text.noise import is_domain
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import Path, dig, map_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import as_workload

__all__ = ["KINDS", "read"]

READER = "custom-resources"
_PLAIN_GROUPS = word_set(
    """apps batch extensions policy autoscaling apiextensions.k8s.io admissionregistration.k8s.io
    apiregistration.k8s.io networking.k8s.io rbac.authorization.k8s.io storage.k8s.io scheduling.k8s.io node.k8s.io
    coordination.k8s.io discovery.k8s.io events.k8s.io certificates.k8s.io flowcontrol.apiserver.k8s.io
    gateway.networking.k8s.io networking.istio.io security.istio.io telemetry.istio.io extensions.istio.io
    install.istio.io route.openshift.io gateway.solo.io gloo.solo.io kustomize.config.k8s.io
    snapshot.storage.k8s.io templates.gatekeeper.sh constraints.gatekeeper.sh kyverno.io cilium.io
    crd.projectcalico.org metallb.io"""
).union(*(row.groups for row in ROWS))
_HANDLED = frozenset(["ServiceMonitor", "PodMonitor", "Probe", "ScrapeConfig"])
_OCI = re.compile(r"([a-z0-9][a-z0-9.\-]{1,200}\.[a-z]{2,20})(?::(\d{2,5}))?/[\w./\-]{1,300}(?::[\w.\-]{1,128})?")
_RUN_FIELDS = frozenset((name,) for name in RUNS)
_UNUSED = {NOBODY: "nobody calls what stands there"} | dict.fromkeys(FOR_PODS, "no pod that was read uses it")
_COLLECTOR = "OpenTelemetryCollector"
_FROM_ENV = "FromEnv"


def read(world: World) -> Iterator[Sighting]:
    """Yield the addresses in custom resources; the caller is the controller, or else the resource."""
    who = Callers(world)
    run = {id(task.object): tuple(container.path for container in task.containers) for task in world.runners}
    for kind in world.inventory.kinds:
        for obj in world.inventory.of_kind(kind):
            known = (obj.group, kind) in CALLS
            if (obj.group in _PLAIN_GROUPS and not known) or "." not in obj.group or kind in _HANDLED:
                continue
            taken: set[Path] = set()
            if kind == _COLLECTOR:
                yield from _collector(obj, taken)
            yield from _known(obj, taken, who, world)
            if obj.group not in _PLAIN_GROUPS and not as_workload(obj):
                yield from _rest(obj, taken, run.get(id(obj), ()))


def _known(obj: KubeObject, taken: set[Path], callers: Callers, world: World) -> Iterator[Sighting]:
    for call in CALLS.get((obj.group, obj.ref.kind), ()):
        who = callers.of(call.caller, obj) if call.caller != NOBODY else ()
        for pattern in call.patterns:
            for at, value in each(obj.raw, pattern):
                for path, key, text in strings(value, at):
                    if path not in taken:
                        taken.add(path)
                        yield from _text(obj, call, who, path, key, text, exact=path == at, world=world)


def _collector(obj: KubeObject, taken: set[Path]) -> Iterator[Sighting]:
    """Read a collector's configuration that is written as a mapping as if it were the text of its file."""
    config = dig(obj.raw, "spec", "config")
    text, paths = as_text(config) if isinstance(config, dict) else ("", ())
    if otel.looks_like(text):
        table = dict.fromkeys(Form, confidence.CUSTOM_KNOWN)
        for address in otel.read(text, {}) or ():
            path = ("spec", "config", *paths[min(address.offset, len(paths) - 1)])
            yield sight(READER, obj.ref, replace(address, offset=0), obj, path, table)
        taken.update(path for path, _, _ in strings(config, ("spec", "config")))


def _text(
    obj: KubeObject, call: Call, who: tuple[Ref, ...], path: Path, key: str, text: str, *, exact: bool, world: World
) -> Iterator[Sighting]:
    sure = confidence.CUSTOM_KNOWN if who else confidence.CUSTOM_INSIDE
    reason = "" if who else _UNUSED.get(call.caller.partition(":")[0], "")
    beside = {name: str(child) for name, child in map_at(dig(obj.raw, *path[:-1])).items()}
    if key.endswith(_FROM_ENV):
        key, text = key.removesuffix(_FROM_ENV), _from_target(obj, text, world)
    elif key == "value":
        key = beside.get("name", key)
    for address in _addresses(key, text, beside, exact=exact):
        for source in who or (obj.ref,):
            yield sight(READER, source, address, obj, path, dict.fromkeys(Form, sure), suppressed=reason)


def _addresses(key: str, text: str, beside: Mapping[str, str], *, exact: bool) -> Iterator[Address]:
    """Read a text under a key; `exact` where the field can hold nothing but an address."""
    if "\n" in text.strip():
        yield from (address for address in config.read(key, text, {}) if address.form is not Form.WEAK)
        return
    found = [address for address in values.found(key, text) if address.form is not Form.WEAK]
    registry = _OCI.fullmatch(text.strip()) if exact and not found else None
    bare = addresses.bare(text) if exact and not found else None
    if registry and is_domain(registry[1]):
        yield Address(registry[1], int(registry[2] or 443), "https", text.strip())
    elif bare:
        yield with_sibling(bare, key, beside)
    for address in found:
        yield with_sibling(address, key, beside) if address.form is Form.BARE else address


def _from_target(obj: KubeObject, name: str, world: World) -> str:
    """Return a variable of the workload that a resource scales.

    Source: keda.sh/docs, `scaleTargetRef` (Deployment unless told, its first container unless told).
    """
    target = map_at(obj.raw, "spec", "scaleTargetRef")
    for workload in world.inventory.workloads_in(obj.ref.namespace):
        if (workload.ref.name, workload.ref.kind) == (text_at(target, "name"), text_at(target, "kind") or "Deployment"):
            chosen = text_at(target, "envSourceContainerName")
            for container in workload.containers:
                if not container.init and chosen in ("", container.name):
                    return world.values(workload, container).get(name, "")
    return ""


def _rest(obj: KubeObject, taken: set[Path], run: tuple[Path, ...]) -> Iterator[Sighting]:
    """Yield URLs and host:port pairs in fields that no table knows, but for those of containers.

    The address of a repository is always there to be fetched.
    """
    for path, key, text in strings(map_at(obj.raw, "spec"), ("spec",)):
        if ":" not in text or path in taken or any(_runs(path, container) for container in run):
            continue
        many = "\n" in text.strip()
        for address in config.read(key, text, {}) if many else values.found(key, text[:5000]):
            if address.form in (Form.URL, Form.PAIR) and address.sure:
                sure = confidence.CUSTOM_KNOWN if text.endswith(".git") else confidence.CUSTOM_INSIDE
                sighting = sight(READER, obj.ref, address, obj, path, dict.fromkeys(Form, sure))
                yield replace(sighting, namespace=obj.ref.namespace)


def _runs(path: Path, container: Path) -> bool:
    """Whether a field says what a container runs; those are read like the containers of workloads."""
    return path[: len(container)] == container and path[len(container) : len(container) + 1] in _RUN_FIELDS
