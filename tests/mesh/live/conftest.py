"""Fixtures of the live mesh; its tests skip where a part is not installed, or where they may not make namespaces."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mesh.live.world import World

HOW = "make cluster-tools mesh-tools test-mesh"
CONTROL_PLANE = ("kube-apiserver", "etcd", "kubectl", "crds/istio.yaml")
MESH = ("pilot-discovery", "pilot-agent", "envoy", "envoy_bootstrap.json", "charts", "wire")


@pytest.fixture(scope="session")
def live_parts() -> tuple[Path, Path]:
    """Folders of the control plane's programs and of the mesh's."""
    found = _folder("KUBEBUILDER_ASSETS", CONTROL_PLANE), _folder("MESHPLAN_MESH_TOOLS", MESH)
    if os.geteuid() != 0:
        pytest.skip(f"a live mesh needs root, for its network namespaces: sudo {HOW}")
    return found


def _folder(variable: str, parts: tuple[str, ...]) -> Path:
    named = os.environ.get(variable)
    if not named:
        pytest.skip(f"no live mesh, {variable} is not set: {HOW}")
    missing = [part for part in parts if not (Path(named) / part).is_file()]
    assert not missing, f"{variable}={named} has no {', '.join(missing)}: {HOW}"
    return Path(named).resolve()


@pytest.fixture(scope="module")
def world_of(live_parts: tuple[Path, Path]) -> Iterator[Callable[[], World]]:
    """Start worlds, and take them down whatever happens."""
    with contextlib.ExitStack() as stack:

        def start() -> World:
            # Sidecars run as a user of their own, who may not look into pytest's folders.
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meshplan-live-")))
            home.chmod(0o755)
            world = World(home, *live_parts)
            stack.callback(world.stop)
            return world

        yield start
