"""Where a VirtualService leads the traffic of a host that a caller's sidecar has recognised.

Source: istio/istio pilot/pkg/networking/core/route/route.go (HTTP), tls.go (TCP: the first rule that needs nothing of
the connection ends the list).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.mesh.peers import Peer
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, Raw
from planner.mesh.virtual_service_hosts import full_name, rules_for
from planner.model.fields import int_at, list_at, map_at, maps_at, strings_at, text_at

_ASKS_THE_REQUEST = (
    "uri", "scheme", "method", "authority", "headers", "queryParams", "withoutHeaders", "destinationSubnets",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """One place that a rule may lead to.

    Attributes:
        host: Full name; empty where no rule may match, which is an error for the request.
        port: Number that the rule names, or None.
        subset: Subset that the rule names, or an empty string.
    """

    host: str
    port: int | None = None
    subset: str = ""


def targets(
    view: MeshView, caller: Peer, scope: Scope, host: str, port: int | None, part: str
) -> tuple[Target, ...]:  # fmt: skip
    """List where calls to a host may be led, each once; empty where no VirtualService has a say.

    Args:
        view: The mesh.
        caller: Whose sidecar follows the rules.
        scope: What that sidecar sees.
        host: Full name of the Service, host of the ServiceEntry, or the Host that a VirtualService alone knows.
        port: Port that is called.
        part: `http` or `tcp`, by what the caller's sidecar takes the bytes for.
    """
    found = (raw for raw in rules_for(view, caller, scope, host) if list_at(raw, "spec", part))
    first = next(found, None)
    return tuple(dict.fromkeys(_led(first, view, caller, port, part))) if first is not None else ()


def _led(raw: Raw, view: MeshView, caller: Peer, port: int | None, part: str) -> Iterator[Target]:
    """Go through the rules until one matches whatever the request is."""
    for _, rule in maps_at(raw, "spec", part):
        matches = [match for _, match in maps_at(rule, "match") if _may_match(match, caller, port)]
        if list_at(rule, "match") and not matches:
            continue
        led = [target for _, target in maps_at(rule, "route") if int_at(target, "weight") != 0 or _alone(rule)]
        for target in led:
            destination = map_at(target, "destination")
            name = full_name(text_at(destination, "host"), raw, view)
            yield Target(name, int_at(destination, "port", "number"), text_at(destination, "subset"))
        if not matches or any(not _asks(match) for match in matches):
            return
    yield Target("")


def _alone(rule: Raw) -> bool:
    return len(list_at(rule, "route")) == 1


def _may_match(match: Raw, caller: Peer, port: int | None) -> bool:
    """Whether a match may hold for a caller, by what is known before the request."""
    gateways = [text_at(value) for value in list_at(match, "gateways")]
    labels = strings_at(match, "sourceLabels")
    wanted, namespace = int_at(match, "port"), text_at(match, "sourceNamespace")
    return (
        (not gateways or "mesh" in gateways)
        and (wanted is None or port is None or wanted == port)
        and (not namespace or namespace == caller.ref.namespace)
        and (bool(gateways) or all(caller.labels.get(key) == value for key, value in labels.items()))
    )


def _asks(match: Mapping[str, object]) -> bool:
    return any(match.get(key) for key in _ASKS_THE_REQUEST)
