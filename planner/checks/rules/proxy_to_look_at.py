"""Proxies and gateways of the application that must be asked which Host they send.

What it finds:
    Authentication proxies, API gateways, shells of micro-frontends and reverse proxies: by image, by a configuration
    that does not tell, and by the shape of their traffic (called from outside, calling three Services or more).

Why it matters:
    Such a program often hands the visitor's Host on. On ports declared HTTP that leaves the mesh unseen, and
    nothing in a manifest shows it where the configuration is inside the image or in code.

Blocked:
    image: example/shop-nginx:1.2     # its configuration is inside the image

Ready:
    image: nginx:1.27                 # with a mounted nginx.conf that sends the Services' names

How to fix:
    Ask its owner, or look at one request that it sends: is the Host header the Service's name?

Source: istio/istio pilot/pkg/networking/core (httproute.go, listener.go): on ports declared HTTP the Host decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.proxies.passing import Passing
from planner.checks.proxies.products import ingress_controller, proxy_kind
from planner.checks.proxies.rewrites import Place, foreign, places
from planner.checks.proxies.texts import mounted
from planner.checks.words import some
from planner.mesh.spoken import Carrier, carrier
from planner.mesh.well_known import from_image
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Boundary, Evidence
from planner.model.refs import EXTERNAL, SERVICE, WORKLOAD_KINDS, Ref
from planner.model.workloads import Workload

RULE = Rule(
    id="MP303",
    name="proxy-to-look-at",
    title="A proxy or gateway of the application: which Host does it send?",
    severity=Severity.MEDIUM,
    why="A foreign Host leaves the mesh unseen on ports declared HTTP.",
    fix="Ask its owner, or look at one request that it sends: the Host header must be the Service's name.",
    kinds=WORKLOAD_KINDS,
    before=Before.STRICT,
)

_MANY, _FAIR = 3, 0.5
_REQUESTS = (Carrier.HTTP, Carrier.HTTP2, Carrier.GRPC_WEB, None)
_ASK = "which Host does it send to what it calls, the Service's name or the visitor's"


def check(context: Context) -> Iterator[Finding]:
    """Flag every proxy whose Host is not known; those that rewrite it have a rule of their own."""
    for workload in context.workloads:
        read = places(context).get(workload.ref, ())
        if workload.ends or workload.host_network or ingress_controller(workload) or _known(context, read):
            continue
        found = _by_image(context, workload, read) or _by_config(read) or _by_shape(context, workload)
        if found:
            what, where, confidence = found
            message = f"{what}: {_ASK}"
            severity = Severity.MEDIUM if confidence >= _FAIR else Severity.LOW
            yield finding(
                RULE, workload.ref, message, where, outcome=Outcome.UNKNOWN, severity=severity, confidence=confidence
            )


def _known(context: Context, read: tuple[Place, ...]) -> bool:
    """Whether the configuration tells every Host, or one of them is rewritten for sure."""
    answers = [foreign(context, place, flow) for place in read for flow in place.flows]
    return True in answers or (bool(answers) and None not in answers)


def _by_image(
    context: Context, workload: Workload, read: tuple[Place, ...]
) -> tuple[str, tuple[Evidence, ...], float] | None:
    kind = proxy_kind(workload)
    if kind is None or (not read and _serves_files(context, workload)):
        return None
    what, container = kind
    where = cite(RULE, workload.object, (*container.path, "image"), container.image)
    told = "its configuration does not tell the Host" if read else "its configuration was not read"
    return f"is {what} (image {container.image}), and {told}", (where,), 0.8


def _serves_files(context: Context, workload: Workload) -> bool:
    """Whether a server's configuration was read in which nothing is passed on."""
    return any("listen " in text.text and "server" in text.text for text in mounted(context, workload))


def _by_config(read: tuple[Place, ...]) -> tuple[str, tuple[Evidence, ...], float] | None:
    unclear = [place for place in read if not place.passing.host and place.passing.targets]
    if not unclear:
        return None
    place = unclear[0]
    passing: Passing = place.passing
    where = cite(RULE, place.text.object, place.text.path, passing.text, passing.offset)
    return f"passes requests on by its configuration ({passing.product})", (where,), 0.8


def _by_shape(context: Context, workload: Workload) -> tuple[str, tuple[Evidence, ...], float] | None:
    callers = context.graph.calls_to(workload.ref)
    entered = any(f.boundary is Boundary.INGRESS and f.source.kind == EXTERNAL for f in callers)
    entered |= any((w := context.inventory.workload(f.source)) and ingress_controller(w) for f in callers)
    calls = [
        flow
        for flow in context.graph.calls_of(workload.ref)
        if flow.target.kind == SERVICE and not flow.background and carrier(flow.protocol) in _REQUESTS
    ]
    names = {flow.target.text for flow in calls}
    if entered and not names and _unknown_front(context, workload):
        where = cite(RULE, workload.object, ("metadata", "name"))
        return "is called from outside, and nothing tells whom it calls, as with a front end in an image", (where,), 0.3
    if not entered or len(names) < _MANY:
        return None
    what = f"is called from outside and calls {len(names)} Services ({some(names, 3)}), as a gateway or a shell does"
    return what, tuple(flow.evidence[0] for flow in calls[:_MANY]), 0.5


def _unknown_front(context: Context, workload: Workload) -> bool:
    """Whether nobody can say whom it calls, and its image is no product that is known to call nobody."""
    blind = workload.ref in context.once(_blind)
    return blind and not any(from_image(c.image) for c in workload.containers if not c.init)


def _blind(context: Context) -> frozenset[Ref]:
    return frozenset(spot.workload for spot in context.graph.blind_spots)
