from __future__ import annotations

from typing import Any

import pytest

from planner.checks.network_policies import allows, opens_everything, restricts
from planner.model.objects import KubeObject
from planner.model.refs import Ref

ROOT = {"kubernetes.io/metadata.name": "istio-system"}


def policy(**spec: Any) -> KubeObject:
    return KubeObject(Ref("shop", "p", "NetworkPolicy"), "networking.k8s.io/v1", {"spec": spec})


def test_without_types_only_what_has_rules_is_restricted() -> None:
    assert restricts(policy(podSelector={}), "Ingress")
    assert not restricts(policy(podSelector={}), "Egress")
    assert restricts(policy(egress=[{"to": []}]), "Egress")


def test_types_decide() -> None:
    assert not restricts(policy(policyTypes=["Egress"]), "Ingress")
    assert restricts(policy(policyTypes=["Egress"]), "Egress")


def test_an_empty_rule_opens_everything() -> None:
    assert opens_everything(policy(egress=[{}]), "egress")
    assert not restricts(policy(policyTypes=["Egress"], egress=[{"to": [{}]}, {}]), "Egress")


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"to": [{"namespaceSelector": {}}]}, True),
        ({"to": [{"namespaceSelector": {"matchLabels": ROOT}}], "ports": [{"port": 15012}]}, True),
        ({"to": [{"namespaceSelector": {"matchLabels": ROOT}}], "ports": [{"port": 15000, "endPort": 15020}]}, True),
        ({"ports": [{"port": 15012}]}, True),
        ({"ports": [{"protocol": "TCP"}]}, True),
        ({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, True),
        ({"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, True),
        ({"to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}]}, False),
        ({"to": [{"ipBlock": {"cidr": "nonsense"}}]}, False),
        ({"to": [{"podSelector": {}}]}, False),
        ({"ports": [{"port": 443}]}, False),
        ({"ports": [{"port": 15012, "protocol": "UDP"}]}, False),
        ({"to": [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}]}, False),
    ],
)
def test_what_reaches_istiod(rule: dict[str, Any], allowed: bool) -> None:
    assert allows(policy(egress=[rule]), 15012, "TCP", ROOT) is allowed
