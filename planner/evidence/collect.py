"""Runs the readers, places what they saw, merges it to flows, and says where nothing could be known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from planner.evidence.blind_spots import blind_spots
from planner.evidence.merge import merge
from planner.evidence.placing import Placed, place
from planner.evidence.readers import (
    ambassador,
    api_clients,
    api_server,
    arguments,
    config_maps,
    custom_references,
    custom_resources,
    declared,
    environment,
    exposure,
    gateway_api,
    gateways,
    gloo,
    ingress_annotations,
    istio_routes,
    monitors,
    network_policies,
    node_agents,
    openshift,
    operated_entries,
    peers,
    pod_annotations,
    probes,
    scraping,
    static_targets,
    tcp_services,
    volumes,
    webhooks,
)
from planner.evidence.shared import damped
from planner.evidence.sighting import Sighting
from planner.evidence.world import World
from planner.model.flow import Discovery, Suppressed
from planner.model.refs import WORKLOAD_KINDS
from planner.model.snapshot import Snapshot
from planner.settings import Settings

READERS: tuple[Callable[[World], Iterator[Sighting]], ...] = (
    environment.read,
    node_agents.read,
    peers.read,
    pod_annotations.read,
    arguments.read,
    config_maps.read,
    exposure.read,
    tcp_services.read,
    operated_entries.read,
    gateways.read,
    gateway_api.read,
    istio_routes.read,
    openshift.read,
    gloo.read,
    ambassador.read,
    ingress_annotations.read,
    webhooks.read,
    probes.read,
    volumes.read,
    api_server.read,
    api_clients.read,
    scraping.read,
    monitors.read,
    static_targets.read,
    custom_resources.read,
    custom_references.read,
    network_policies.read,
    declared.read,
)
"""Every reader; the order decides nothing."""


KINDS: frozenset[str] = frozenset().union(
    WORKLOAD_KINDS,
    ("Service", "Namespace", "Rollout", "DeploymentConfig"),
    *(
        reader.KINDS
        for reader in (
            api_server, config_maps, custom_references, custom_resources, environment, exposure, gateway_api, gateways,
            gloo, ingress_annotations, istio_routes, monitors, network_policies, openshift, operated_entries,
            static_targets, tcp_services, volumes, webhooks,
        )
    ),
)  # fmt: skip
"""Kinds that some reader reads; the others read workloads and Services alone."""


def collect(snapshot: Snapshot, settings: Settings) -> Discovery:
    """Find the flows of a snapshot.

    Args:
        snapshot: What was read.
        settings: Cluster domain, Istio version and declared flows.
    """
    world = World(snapshot, settings)
    placed: list[Placed] = []
    suppressed: set[Suppressed] = set()
    for sighting in (s for reader in READERS for s in reader(world)):
        result = place(sighting, world)
        if isinstance(result, Placed):
            placed.append(result)
        else:
            suppressed.add(result)
    flows = merge(damped(placed, world), world)
    left_out = tuple(sorted(suppressed, key=lambda s: (s.evidence, s.text, s.reason, str(s.source))))
    return Discovery(flows, blind_spots(world, flows), left_out, declared.notes(world))
