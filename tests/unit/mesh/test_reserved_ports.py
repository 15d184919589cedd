"""The mesh's own ports are known, and nobody else's."""

import pytest

from planner.mesh.reserved_ports import CONTROL_PLANE_PORTS, UNROUTED_PORTS, reserved


@pytest.mark.parametrize("port", [15000, 15001, 15002, 15004, 15006, 15008, 15020, 15021, 15053, 15090])
def test_reserved_beside_a_sidecar(port: int) -> None:
    assert reserved(port)


def test_ambient_has_its_own_list() -> None:
    assert reserved(15080, "ambient")
    assert reserved(15080) is None
    assert reserved(15090, "ambient") is None


@pytest.mark.parametrize("port", [80, 8080, 15003, 15012, 15443])
def test_free_ports(port: int) -> None:
    assert reserved(port) is None


def test_unrouted_ports_are_reserved() -> None:
    assert all(reserved(port) for port in UNROUTED_PORTS)
    assert not any(reserved(port) for port in CONTROL_PLANE_PORTS)
