"""Host headers that reach a Service through a caller's sidecar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.host_header import accepted_hosts, host_matches, needs_host_match
from planner.mesh.versions import Version


def test_only_http_ports_need_a_host() -> None:
    assert needs_host_match("http")
    assert not any(needs_host_match(other) for other in ("auto", "tcp", "tls", "udp"))


def test_hosts_from_the_same_namespace() -> None:
    assert accepted_hosts("cart", "shop", "shop", "cluster.local", Version(1, 26)) == (
        "cart.shop.svc.cluster.local",
        "cart.shop.svc",
        "cart.shop",
        "cart",
    )


def test_the_bare_name_is_for_the_own_namespace_and_the_dot_for_new_versions() -> None:
    hosts = accepted_hosts("cart", "shop", "web", "example.org", Version(1, 27))
    assert "cart" not in hosts
    assert hosts[-1] == "cart.shop.svc.example.org."


def test_addresses_and_names_of_pods() -> None:
    hosts = accepted_hosts("db", "shop", "shop", headless=True, cluster_ips=("None",))
    assert "*.db.shop.svc.cluster.local" in hosts
    assert "None" not in hosts
    assert "10.0.0.7" in accepted_hosts("db", "shop", "shop", cluster_ips=("10.0.0.7", "fd00::7"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cart", True),
        ("CART.shop:8080", True),
        ("cart.shop.svc.cluster.local.", True),
        ("www.example.com", False),
        ("cart.web", False),
        ("10.0.0.7:80", True),
        ("[fd00::7]:80", True),
        ("fd00::7", True),
        ("pod-0.cart", False),
        ("", False),
    ],
)
def test_host_matches(host: str, expected: bool) -> None:
    accepted = accepted_hosts("cart", "shop", "shop", cluster_ips=("10.0.0.7", "fd00::7"))
    assert host_matches(host, accepted) == expected


def test_pods_of_a_headless_service_match() -> None:
    accepted = accepted_hosts("db", "shop", "shop", headless=True)
    assert host_matches("db-0.db.shop.svc.cluster.local:5432", accepted)
    assert not host_matches(".db", accepted)
    assert not host_matches("10.1.2.3", accepted)


@given(st.text(), st.sampled_from(["shop", "web"]))
def test_total(host: str, caller: str) -> None:
    assert host_matches(host, accepted_hosts("cart", "shop", caller)) in {True, False}


def test_every_accepted_name_matches_itself() -> None:
    accepted = accepted_hosts("cart", "shop", "shop", cluster_ips=("10.0.0.7",))
    assert all(host_matches(host, accepted) for host in accepted)
