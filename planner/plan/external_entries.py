"""What becomes of an external host: an entry to make, an entry that has it already, or a refusal.

Each is visible in its own namespace alone, so that a mistake in it stays there.

Source: istio/istio pkg/config/mesh/mesh.go (without `exportTo` an entry is seen by all namespaces),
pkg/config/validation/validation.go ValidateServiceEntry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.mesh import protocol, service_entry
from planner.mesh.hostnames import covers, is_cidr, is_ip
from planner.model.fields import list_at, text_at
from planner.model.inventory import Inventory
from planner.plan.external_hosts import ExternalHost
from planner.plan.facts import Facts


@dataclass(frozen=True, slots=True)
class Choice:
    """What one namespace gets for one host.

    Attributes:
        owner: The entry that has the host already, or an empty string.
        spec: `spec` of the entry to make; empty where there is none to make.
        ports: What is spoken on each port of that entry.
        refused: Why no entry is made, or an empty string.
        left: Ports that it leaves out, with what is spoken there.
    """

    owner: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    ports: Mapping[int, str] = field(default_factory=dict)
    refused: str = ""
    left: Mapping[int, str] = field(default_factory=dict)

    @property
    def why_left(self) -> str:
        """Why ports are left out, in words; empty where none is."""
        listed = ", ".join(str(port) for port in self.left)
        why = "is left out: plain TCP to a host without addresses would capture every address"
        return f"port {listed} {why}" if listed else ""


def choose(host: ExternalHost, inventory: Inventory, facts: Facts) -> Choice:
    """Decide about one external host."""
    owner = _owner(host, inventory)
    if owner:
        return Choice(owner=owner)
    every = _ports(host)
    if not every:
        return Choice(refused="no port is known; declare the flow with its port in meshplan.yaml")
    ports = _without_bare_tcp(host.host, every)
    left = {number: word for number, word in every.items() if number not in ports}
    spec = _spec(host.host, ports, facts)
    faults = service_entry.problems(spec, host.namespace, facts.istio, cluster_domain=facts.cluster_domain)
    errors = [fault.message for fault in faults if fault.severity == "error"]
    return Choice(refused="; ".join(errors)) if errors else Choice(spec=spec, ports=ports, left=left)


def _without_bare_tcp(host: str, ports: dict[int, str]) -> dict[int, str]:
    """Leave out ports that only an address could tell apart, as long as another one remains."""
    if is_ip(host) or is_cidr(host):
        return ports
    tokens = {number: protocol.exact_token(protocol.service_entry_protocol(word)) for number, word in ports.items()}
    named = {n: ports[n] for n, token in tokens.items() if token and token.data_path_class in ("http", "tls")}
    return named or ports


def _spec(host: str, ports: Mapping[int, str], facts: Facts) -> dict[str, Any]:
    address = is_ip(host) or is_cidr(host)
    # An address is matched as such whatever is spoken, so nothing is gained by naming HTTP or TLS there.
    tokens = {number: "TCP" if address else protocol.service_entry_protocol(word) for number, word in ports.items()}
    first = next(iter(tokens.values()))
    resolution = service_entry.resolution_for(host, first, facts.istio)
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


def _owner(host: ExternalHost, inventory: Inventory) -> str:
    """Name an entry that is there and that the callers see."""
    for obj in inventory.of_kind("ServiceEntry"):
        exported = [item for item in list_at(obj.raw, "spec", "exportTo") if isinstance(item, str)] or ["*"]
        seen = "*" in exported or host.namespace in exported
        seen = seen or ("." in exported and obj.ref.namespace == host.namespace)
        hosts = (item for item in list_at(obj.raw, "spec", "hosts") if isinstance(item, str))
        addresses = (item for item in list_at(obj.raw, "spec", "addresses") if isinstance(item, str))
        if seen and (any(covers(known, host.host) for known in hosts) or host.host in addresses):
            return f"{obj.ref} (resolution {text_at(obj.raw, 'spec', 'resolution') or 'NONE'})"
    return ""
