"""A ServiceEntry per external host and calling namespace, before its first caller gets a proxy.

Under ALLOW_ANY they give the host a name in telemetry; under REGISTRY_ONLY the call fails without one. Each is
visible in its own namespace alone, so that a mistake in it stays there.

Source: istio/istio pkg/config/mesh/mesh.go (without `exportTo` an entry is seen by all namespaces),
pkg/config/validation/validation.go ValidateServiceEntry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.bundle.external_hosts import ExternalHost, external_hosts
from planner.bundle.part import Part, left_out
from planner.bundle.patching import MANAGED
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh import protocol, service_entry
from planner.mesh.hostnames import covers, is_cidr, is_ip, is_wildcard
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Created
from planner.model.fields import list_at, text_at
from planner.model.note import Note
from planner.model.refs import Ref

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
    for host in external_hosts(work):
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
    owner = _owner(host, work)
    if owner:
        return Entry(host, owner=owner)
    ports = _ports(host)
    if not ports:
        return Entry(host, refused="no port is known; declare the flow with its port in meshplan.yaml")
    ports, left = _without_bare_tcp(host.host, ports)
    spec = _spec(host.host, ports, work)
    faults = service_entry.problems(spec, host.namespace, work.facts.istio, cluster_domain=work.facts.cluster_domain)
    errors = [fault.message for fault in faults if fault.severity == "error"]
    if errors:
        return Entry(host, refused="; ".join(errors))
    ref = Ref(host.namespace, _name(host, taken), "ServiceEntry")
    body = {
        "apiVersion": networking_api_version(work.facts.istio),
        "kind": "ServiceEntry",
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": dict(MANAGED)},
        "spec": spec,
    }
    return Entry(host, Created(ref, _TEMPLATE, body, _why(host, ports)), left_ports=left)


def _without_bare_tcp(host: str, ports: dict[int, str]) -> tuple[dict[int, str], str]:
    """Leave out ports that only an address could tell apart, as long as another one remains."""
    if is_ip(host) or is_cidr(host):
        return ports, ""
    tokens = {number: protocol.exact_token(protocol.service_entry_protocol(word)) for number, word in ports.items()}
    named = {n: ports[n] for n, token in tokens.items() if token and token.data_path_class in ("http", "tls")}
    left = [str(number) for number in ports if number not in named]
    if not named or not left:
        return ports, ""
    why = f"port {', '.join(left)} is left out: plain TCP to a host without addresses would capture every address"
    return named, why


def _spec(host: str, ports: Mapping[int, str], work: Work) -> dict[str, Any]:
    address = is_ip(host) or is_cidr(host)
    # An address is matched as such whatever is spoken, so nothing is gained by naming HTTP or TLS there.
    tokens = {number: "TCP" if address else protocol.service_entry_protocol(word) for number, word in ports.items()}
    first = next(iter(tokens.values()))
    resolution = service_entry.resolution_for(host, first, work.facts.istio)
    spec: dict[str, Any] = {"hosts": [_label(host) if address else host]}
    if address:
        spec["addresses"] = [host]
    spec["exportTo"] = ["."]
    spec["location"] = "MESH_EXTERNAL"
    spec["ports"] = [
        {"number": number, "name": f"{token.lower()}-{number}", "protocol": token} for number, token in tokens.items()
    ]
    spec["resolution"] = resolution.resolution
    return spec


def _label(address: str) -> str:
    """Name an address: the host of such an entry is only a label, and no resolver must ever know it."""
    return "ip-" + re.sub(r"[^0-9a-f]+", "-", address.lower()).strip("-") + ".invalid"


def _ports(host: ExternalHost) -> dict[int, str]:
    """Give what is spoken on each port: the most certain call decides, calls that know beat calls that do not."""
    found: dict[int, str] = {}
    for flow in sorted(host.flows, key=lambda f: (f.protocol == "unknown", -f.confidence, f.id)):
        if flow.port is not None:
            found.setdefault(flow.port, flow.protocol)
    return dict(sorted(found.items()))


def _owner(host: ExternalHost, work: Work) -> str:
    """Name an entry that is there and that the callers see."""
    for obj in work.inventory.of_kind("ServiceEntry"):
        exported = [item for item in list_at(obj.raw, "spec", "exportTo") if isinstance(item, str)] or ["*"]
        seen = "*" in exported or host.namespace in exported
        seen = seen or ("." in exported and obj.ref.namespace == host.namespace)
        hosts = (item for item in list_at(obj.raw, "spec", "hosts") if isinstance(item, str))
        addresses = (item for item in list_at(obj.raw, "spec", "addresses") if isinstance(item, str))
        if seen and (any(covers(known, host.host) for known in hosts) or host.host in addresses):
            return f"{obj.ref} (resolution {text_at(obj.raw, 'spec', 'resolution') or 'NONE'})"
    return ""


def _name(host: ExternalHost, taken: set[Ref]) -> str:
    """Name the entry for its host: `ext-api-stripe-com`."""
    return slug("ext", host.host, {ref.name for ref in taken if ref.namespace == host.namespace})


def _why(host: ExternalHost, ports: Mapping[int, str]) -> str:
    callers = sorted({flow.source.name for flow in host.flows})
    shown = ", ".join(callers[:3]) + (f" and {len(callers) - 3} more" if len(callers) > 3 else "")
    wildcard = " The address that the application looked up is kept." if is_wildcard(host.host) else ""
    listed = ", ".join(str(port) for port in ports)
    return f"{shown} in {host.namespace} calls {host.host} on port {listed}.{wildcard}"
