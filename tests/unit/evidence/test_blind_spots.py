"""Workloads whose callees cannot be known."""

from __future__ import annotations

from evidence.manifests import deployment, environment, service


def _blind(result) -> dict[str, str]:
    return {spot.workload.text: spot.reason for spot in result.blind_spots}


def test_no_address_anywhere(discover):
    (spot,) = discover(deployment("web")).blind_spots
    assert spot.looked_at
    assert "flows:" in spot.learn


def test_a_callee_is_enough(discover):
    assert "shop/web" not in _blind(
        discover(service("cart", 80), deployment("web", environment(CART_URL="http://cart")))
    )


def test_a_missing_callee_is_not(discover):
    assert "shop/web" in _blind(discover(deployment("web", environment(CART_URL="http://cart"))))


def test_stores_call_nobody(discover):
    assert not discover(deployment("db", image="postgres:16")).blind_spots


def test_probes_show_no_callee(discover):
    assert "shop/web" in _blind(discover(deployment("web", "livenessProbe:\n  httpGet: {port: 80, path: /}\n")))


def test_a_registry_hides_callees_even_where_one_is_known(discover):
    texts = (
        service("eureka", 8761),
        deployment("web", environment(EUREKA_CLIENT_SERVICEURL_DEFAULTZONE="http://eureka:8761/eureka")),
    )
    assert "Eureka" in _blind(discover(*texts))["shop/web"]
