"""A ServiceEntry per external host and calling namespace, before its first caller gets a proxy.

Under ALLOW_ANY they give the host a name in telemetry; under REGISTRY_ONLY the call fails without one. Each is
visible in its own namespace alone, so that a mistake in it stays there.

Source: istio/istio pkg/config/mesh/mesh.go (without `exportTo` an entry is seen by all namespaces),
pkg/config/validation/validation.go ValidateServiceEntry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.bundle.part import Part, left_out
from planner.bundle.patching import MANAGED
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh.hostnames import is_wildcard
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Created
from planner.model.note import Note
from planner.model.refs import Ref
from planner.plan.external_entries import choose
from planner.plan.external_hosts import ExternalHost, external_hosts

_TEMPLATE = "service-entry.yaml.j2"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What becomes of one external host: an object, somebody else's object, or a refusal.

    Attributes:
        host: The host as one namespace calls it.
        created: The entry; None where there is none to make.
        owner: The entry that has the host already, or an empty string.
        refused: Why no entry is made, or an empty string.
        left_ports: Ports that the entry leaves out, with the reason, or an empty string.
    """

    host: ExternalHost
    created: Created | None = None
    owner: str = ""
    refused: str = ""
    left_ports: str = ""


def entries(work: Work) -> tuple[Entry, ...]:
    """Decide about every external host of the plan."""
    taken = {obj.ref for obj in work.inventory.of_kind("ServiceEntry")}
    found = []
    for host in external_hosts(work.graph, work.facts.cluster_domain, work.joins_in):
        entry = _entry(host, work, taken)
        if entry.created:
            taken.add(entry.created.ref)
        found.append(entry)
    return tuple(found)


def guard(decided: Iterable[Entry], work: Work, phase: int) -> Part:
    """Create the entries whose first caller joins in a phase, and say which hosts get none."""
    mine = [item for item in decided if item.host.phase == phase]
    created = tuple(item.created for item in mine if item.created)
    notes = tuple(_note(item) for item in mine if not item.created or item.left_ports)
    manual: tuple[str, ...] = ()
    if work.facts.registry_only:
        cut = (item for item in mine if item.refused)
        manual = tuple(
            f"{item.host.host} has no ServiceEntry and the outbound policy is REGISTRY_ONLY: {item.host.namespace} "
            f"cannot reach it once its pods have a proxy. {item.refused}"
            for item in cut
        )
    back = tuple((sentence, "") for sentence in manual)  # a warning: nothing was done that could be undone
    return Part(created=created, manual=manual, notes=notes, back=back)


def _note(entry: Entry) -> Note:
    ref = Ref("", entry.host.host, "External")
    if entry.owner:
        return left_out(ref, f"{entry.owner} has this host already, so no entry is made for {entry.host.namespace}")
    return left_out(ref, f"no ServiceEntry for {entry.host.namespace}: {entry.refused or entry.left_ports}")


def uncovered(decided: Iterable[Entry], namespace: str) -> tuple[str, ...]:
    """List the external hosts of a namespace that the mesh would not know under REGISTRY_ONLY."""
    return tuple(
        item.host.host for item in decided if item.host.namespace == namespace and (item.refused or item.left_ports)
    )


def _entry(host: ExternalHost, work: Work, taken: set[Ref]) -> Entry:
    choice = choose(host, work.inventory, work.facts)
    if not choice.spec:
        return Entry(host, owner=choice.owner, refused=choice.refused)
    ref = Ref(host.namespace, _name(host, taken), "ServiceEntry")
    body = {
        "apiVersion": networking_api_version(work.facts.istio),
        "kind": "ServiceEntry",
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": dict(MANAGED)},
        "spec": dict(choice.spec),
    }
    return Entry(host, Created(ref, _TEMPLATE, body, _why(host, choice.ports)), left_ports=choice.why_left)


def _name(host: ExternalHost, taken: set[Ref]) -> str:
    """Name the entry for its host: `ext-api-stripe-com`."""
    return slug("ext", host.host, {ref.name for ref in taken if ref.namespace == host.namespace})


def _why(host: ExternalHost, ports: Mapping[int, str]) -> str:
    callers = sorted({flow.source.name for flow in host.flows})
    shown = ", ".join(callers[:3]) + (f" and {len(callers) - 3} more" if len(callers) > 3 else "")
    wildcard = " The address that the application looked up is kept." if is_wildcard(host.host) else ""
    listed = ", ".join(str(port) for port in ports)
    return f"{shown} in {host.namespace} calls {host.host} on port {listed}.{wildcard}"
