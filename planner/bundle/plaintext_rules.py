"""A DestinationRule that lets callers of a headless Service send plaintext to a port that is DISABLE.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/model/push_context.go: callers of a headless
Service read the mode of the namespace only, so a DISABLE of one port does not reach them.
"""

from __future__ import annotations

from typing import Any

from planner.bundle.container_ports import listening_port
from planner.bundle.open_ports import OpenPort
from planner.bundle.part import Part, by_hand, together
from planner.bundle.patching import MANAGED
from planner.bundle.peer_authentications import patch_of
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Change, Created
from planner.model.fields import text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.services import Service

KIND = "DestinationRule"


def disable_rule(work: Work, item: OpenPort) -> Part:
    """Create a rule for every headless Service in front of the callee that leads to the port."""
    return together(_disable(work, item, service) for service in _headless(work, item))


def _disable(work: Work, item: OpenPort, service: Service) -> Part:
    host = f"{service.ref.name}.{service.ref.namespace}.svc.{work.facts.cluster_domain}"
    owners = [o for o in work.inventory.of_kind(KIND) if text_at(o.raw, "spec", "host") in (host, service.ref.name)]
    if owners:
        where = f"for port {item.port} of {service.ref}"
        return by_hand(
            f"{owners[0].ref}: set tls.mode DISABLE {where} by hand.",
            f"{owners[0].ref}: take tls.mode DISABLE {where} away again, or put back the mode that stood there.",
        )
    body = {
        "apiVersion": networking_api_version(work.facts.istio),
        "kind": KIND,
        "metadata": {"name": _ref(service).name, "namespace": service.ref.namespace, "labels": dict(MANAGED)},
        "spec": {"host": host, "trafficPolicy": _policy(work, item, service)},
    }
    why = f"{service.ref} is headless: its callers would send mTLS to a port that takes plaintext only."
    return Part(created=(Created(_ref(service), "destination-rule.yaml.j2", body, why),))


def release_rule(work: Work, item: OpenPort) -> Part:
    """End the rules; a rule without a policy does nothing, and undo can put the policy back."""
    why = "Every caller has a proxy now, so they may send mTLS again."
    version = networking_api_version(work.facts.istio)
    part = Part()
    for service in _headless(work, item):
        if not any(text_at(o.raw, "spec", "host").split(".")[0] == service.ref.name for o in _rules_in(work, service)):
            change = Change(("spec", "trafficPolicy"), _policy(work, item, service), None)
            part += Part(patches=(patch_of(_ref(service), version, (change,), why),))
    return part


def _rules_in(work: Work, service: Service) -> tuple[KubeObject, ...]:
    return tuple(o for o in work.inventory.of_kind(KIND) if o.ref.namespace == service.ref.namespace)


def _headless(work: Work, item: OpenPort) -> tuple[Service, ...]:
    workload = work.inventory.workload(item.callee)
    if workload is None:
        service = work.inventory.service(item.callee.namespace, item.callee.name)
        known: tuple[Service, ...] = (service,) if service else ()
    else:
        known = work.inventory.in_front_of(workload)
    return tuple(
        service
        for service in known
        if service.headless and any(listening_port(port, workload) == item.port for port in service.ports)
    )


def _policy(work: Work, item: OpenPort, service: Service) -> dict[str, Any]:
    workload = work.inventory.workload(item.callee)
    numbers = sorted({port.number for port in service.ports if listening_port(port, workload) == item.port})
    return {"portLevelSettings": [{"port": {"number": number}, "tls": {"mode": "DISABLE"}} for number in numbers]}


def _ref(service: Service) -> Ref:
    return Ref(service.ref.namespace, slug("plaintext", service.ref.name), KIND)
