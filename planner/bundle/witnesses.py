"""Who says what is spoken on a Service port: the user, the callers, the image, the container, the number.

Two witnesses are independent when neither is read off the other: the callers' word counts as the port name's where it
is the same word that the name holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.bundle.work import MIN_CONFIDENCE, Work
from planner.mesh.protocol import app_protocol_for
from planner.mesh.well_known import from_image, from_port, from_port_name
from planner.model.fields import int_at, map_at, text_at
from planner.model.flow import Flow
from planner.model.services import Service, ServicePort
from planner.model.workloads import Workload
from planner.plan.container_ports import listening_port

USER = "the configuration"
_CARRIERS_ONLY = ("tcp", "tls", "udp", "unknown", "")


@dataclass(frozen=True, slots=True, order=True)
class Witness:
    """One word about a port.

    Attributes:
        source: Who says it.
        spoken: The protocol, as `planner.mesh.spoken` names it.
    """

    source: str
    spoken: str

    @property
    def token(self) -> str | None:
        """The `appProtocol` that it comes to."""
        return app_protocol_for(self.spoken)


def witnesses(service: Service, port: ServicePort, work: Work) -> tuple[Witness, ...]:
    """Collect what is known of a port, the user's word first."""
    # `grpcweb` names nothing to Istio, but to a person it does: enough to contradict, never enough to declare.
    named = from_port_name(port.name) or ("grpc" if "grpc" in port.name.lower() else None)
    found = list(_told(service, port, work))
    if named:
        found.append(Witness("the name of the port", named))
    found.extend(w for w in _callers(service, port, work) if w.spoken != named)
    for workload in work.inventory.behind(service):
        found.extend(_behind(workload, port))
    by_number = from_port(port.number)
    if by_number:
        found.append(Witness("the number of the port", by_number))
    return tuple(dict.fromkeys(w for w in found if w.token))


def _told(service: Service, port: ServicePort, work: Work) -> Iterator[Witness]:
    for flow in work.settings.flows:
        same_port = flow.port == port.number or (flow.port is None and len(service.ports) == 1)
        if flow.protocol and same_port and flow.target.removeprefix("svc/") == service.ref.text:
            yield Witness(USER, flow.protocol.lower())


def calls(service: Service, port: ServicePort, work: Work) -> tuple[Flow, ...]:
    """Return the calls of applications to a port."""
    return tuple(flow for flow in work.graph.calls_to(service.ref) if flow.port == port.number and not flow.background)


def _to_pods(service: Service, port: ServicePort, work: Work) -> Iterator[Flow]:
    """Yield the calls that reach the same container port by the pods' own addresses."""
    for workload in work.inventory.behind(service):
        number = listening_port(port, workload)
        for flow in work.graph.calls_to(workload.ref):
            if flow.target == workload.ref and flow.port == number and number is not None and not flow.background:
                yield flow


def _callers(service: Service, port: ServicePort, work: Work) -> Iterator[Witness]:
    for flow in (*calls(service, port, work), *_to_pods(service, port, work)):
        if flow.protocol not in _CARRIERS_ONLY and flow.confidence >= MIN_CONFIDENCE:
            yield Witness("its callers", flow.protocol)


def _behind(workload: Workload, port: ServicePort) -> Iterator[Witness]:
    number = listening_port(port, workload)
    application = [container for container in workload.containers if not container.init]
    for container in application:
        for declared in container.ports:
            if int_at(declared, "containerPort") == number and (said := from_port_name(text_at(declared, "name"))):
                yield Witness("the name of the container port", said)
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            get = map_at(container.raw, probe, "httpGet")
            if get and number is not None and int_at(get, "port") == number:
                yield Witness("a probe", "https" if text_at(get, "scheme") == "HTTPS" else "http")
    said = from_image(application[0].image) if application else None
    if said and number is not None and (from_port(number) == said or len(application[0].ports) < 2):
        yield Witness("the image", said)
