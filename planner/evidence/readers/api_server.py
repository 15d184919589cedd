"""Calls to the API server by service accounts that may ask for something."""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.evidence.rbac import Binding, Strength
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.mesh.well_known import from_image
from planner.model.fields import Path, text_at
from planner.model.refs import API_SERVER, WORKLOAD_KINDS, Ref
from planner.model.workloads import Workload

READER = "api-server"
_PODS_OF_OPERATORS = ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")
KINDS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount", *_PODS_OF_OPERATORS)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the workloads whose account is bound to rules."""
    for workload in world.runners:
        if world.access.gives_token(workload):
            yield from _bound(workload.ref, workload.service_account, world, is_product=_is_product(workload))
    for obj in world.inventory.of_kind(*_PODS_OF_OPERATORS):
        account = text_at(obj.raw, "spec", "serviceAccountName")
        if obj.ref.kind not in WORKLOAD_KINDS and account:
            yield from _bound(obj.ref, account, world)


def _is_product(workload: Workload) -> bool:
    """Whether every container runs a database, a web server or the like, of which few ask the API server."""
    running = [container for container in workload.containers if not container.init]
    return bool(running) and all(from_image(container.image) for container in running)


def _bound(source: Ref, account: str, world: World, *, is_product: bool = False) -> Iterator[Sighting]:
    """Yield the bindings of an account; the default one is everybody's, and a product does not use it unasked."""
    for binding in world.access.of(source.namespace, account):
        sure = _confidence(binding, account)
        if is_product and sure is confidence.DEFAULT_ACCOUNT_BOUND:
            sure = confidence.ACCOUNT_WEAK
        text = f"{account} is bound to {binding.role}"
        places: tuple[Path, ...] = (("metadata", "name"), (*binding.subject, "name"))
        for path in places:
            yield Sighting(source, API_SERVER, cite(READER, binding.object, path, sure, text), 443, "https")


def _confidence(binding: Binding, account: str) -> Ground:
    if binding.strength is Strength.WEAK:
        return confidence.ACCOUNT_WEAK
    if account == "default":
        return confidence.DEFAULT_ACCOUNT_BOUND
    return confidence.ACCOUNT_BOUND if binding.strength is Strength.RULES else confidence.ACCOUNT_BOUND_UNREAD_ROLE
