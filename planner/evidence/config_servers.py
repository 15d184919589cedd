"""Configuration servers: whose configuration a file is that somebody else mounts.

A server of this kind calls nothing that stands in its files. It hands `NAME.yml` and `NAME-PROFILE.yml` to the
application of that name, and `application.yml` to all of its clients.

Source: docs.spring.io/spring-cloud-config (environment repository, file system backend, client bootstrap).
"""

from __future__ import annotations

import re

from planner.evidence.world import World
from planner.mesh.well_known import repository_words
from planner.model.workloads import Workload

HANDED_ON = "configuration that the server hands to its clients"
_FILE = re.compile(r"([\w.-]{1,200}?)\.(?:ya?ml|properties|json)")
_SETTINGS = ("SPRING_CLOUD_CONFIG_SERVER_", "spring.cloud.config.server.")
_CLIENT = re.compile(r"configserver:|SPRING_CLOUD_CONFIG_(?:URI|URL|HOST|LABEL|USERNAME|ENABLED)|CONFIG_SERVER")
_FOR_ALL = "application"


def is_server(workload: Workload, world: World) -> bool:
    """Whether a workload is a configuration server, by its image, its name or its settings."""
    for container in workload.containers:
        if container.init:
            continue
        words = "".join(repository_words(container.image))
        if words.endswith(("configserver", "springcloudconfig")):
            return True
        if any(name.startswith(_SETTINGS) for name in world.values(workload, container)):
            return True
    return workload.ref.name.replace("-", "").endswith("configserver")


def readers_of(file: str, server: Workload, files: tuple[str, ...], world: World) -> tuple[Workload, ...]:
    """Return the workloads of the server's namespace to which it hands a file.

    Args:
        file: Name of the file.
        server: Who mounts it.
        files: Names of all files that the server mounts.
        world: For the workloads.
    """
    stem = match[1].lower() if (match := _FILE.fullmatch(file)) else ""
    others = [w for w in world.inventory.workloads if w.ref.namespace == server.ref.namespace and w.ref != server.ref]
    if stem == _FOR_ALL or stem.startswith(f"{_FOR_ALL}-"):
        stems = [m[1].lower() for name in files if (m := _FILE.fullmatch(name))]
        return tuple(w for w in others if _asks(w, world) or any(_is_for(w, one, world) for one in stems))
    return tuple(w for w in others if stem and _is_for(w, stem, world))


def _is_for(workload: Workload, stem: str, world: World) -> bool:
    """Whether a file is for this application: its name is the file's, or the file's up to the profile."""
    return any(stem == name or stem.startswith(f"{name}-") for name in _names(workload, world))


def _names(workload: Workload, world: World) -> set[str]:
    labels = (workload.labels.get(key, "") for key in ("app", "app.kubernetes.io/name", "k8s-app"))
    said = (
        world.values(workload, container).get(name, "")
        for container in workload.containers
        for name in ("SPRING_APPLICATION_NAME", "spring.application.name")
    )
    return {name.lower() for name in (workload.ref.name, *labels, *said) if name}


def _asks(workload: Workload, world: World) -> bool:
    """Whether its settings say that it takes its configuration from a server."""
    return any(
        _CLIENT.search(f"{name}={value[:200]}")
        for container in workload.containers
        for name, value in world.values(workload, container).items()
    )
