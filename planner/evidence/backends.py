"""Backends of routes: a Service by name, with its port by number or by name."""

from __future__ import annotations

from typing import Any

from planner.evidence.world import World
from planner.model.fields import int_at
from planner.model.refs import Ref


def port_number(wanted: Any, target: Ref, world: World) -> int | None:
    """Return the number of a Service's port.

    Args:
        wanted: Number or name, as written; None where the route names none.
        target: The Service.
        world: Knows the Service's ports.
    """
    number = int_at({"port": wanted}, "port")
    service = world.inventory.service(target.namespace, target.name)
    if number is not None or service is None:
        return number
    named = next((p for p in service.ports if wanted and wanted in (p.name, p.target)), None)
    if named:
        return named.number
    return service.ports[0].number if not wanted and len(service.ports) == 1 else None
