"""From the port of a Service to the port that the container listens on."""

from __future__ import annotations

from planner.model.fields import int_at, text_at
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.refs import SERVICE
from planner.model.services import Service, ServicePort
from planner.model.workloads import Workload


def listening_port(port: ServicePort, workload: Workload | None) -> int | None:
    """Give the number of the container port behind a Service port; None for a name that nobody declares."""
    if isinstance(port.target, int):
        return port.target
    for container in workload.containers if workload else ():
        for declared in container.ports:
            if text_at(declared, "name") == port.target:
                return int_at(declared, "containerPort")
    return None


def service_ports(flow: Flow, service: Service) -> tuple[ServicePort, ...]:
    """Give the TCP ports of a Service that a flow uses: its own, or all where it names none."""
    if flow.port is None:
        return tuple(port for port in service.ports if port.l4 == "TCP")
    return tuple(port for port in service.ports if port.number == flow.port and port.l4 == "TCP")


def reached(flow: Flow, workload: Workload | None, inventory: Inventory) -> tuple[int | None, ...]:
    """Give the container ports that a flow reaches at one workload; None stands for one that is not known."""
    if flow.target.kind != SERVICE:
        return (flow.port,)
    service = inventory.service(flow.target.namespace, flow.target.name)
    if service is None:
        return (None,)
    found = tuple(listening_port(port, workload) for port in service_ports(flow, service))
    return found or (None,)
