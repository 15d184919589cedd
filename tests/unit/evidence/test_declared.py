"""Flows of the user's own file."""

from __future__ import annotations

import pytest

from evidence.manifests import deployment, service
from planner.settings import DeclaredFlow, Settings


def _told(*flows: DeclaredFlow) -> Settings:
    return Settings(flows=flows)


def test_declared_flow_is_certain(discover):
    told = _told(DeclaredFlow("shop/web", "shop/cart", None, "grpc"))
    (flow,) = discover(deployment("web"), service("cart", 7070), told=told).flows
    assert (flow.id, flow.confidence, flow.protocol) == ("shop/web -> shop/cart:7070", 1.0, "grpc")


@pytest.mark.parametrize("target", ["external:api.acme.io", "cluster:kube-apiserver", "shop/*"])
def test_special_targets(discover, target):
    (flow,) = discover(deployment("web"), told=_told(DeclaredFlow("shop/web", target, 443))).flows
    assert flow.target.text == target


@pytest.mark.parametrize(("source", "target"), [("shop/wep", "shop/cart"), ("shop/web", "shop/crat")])
def test_unknown_name_is_a_note_with_the_nearest(discover, source, target):
    result = discover(deployment("web"), service("cart", 80), told=_told(DeclaredFlow(source, target, 80)))
    assert not result.flows
    assert "did you mean shop/" in result.notes[0].hint


def test_declared_flow_ends_the_blind_spot(discover):
    assert discover(deployment("web"), service("cart", 80)).blind_spots
    told = _told(DeclaredFlow("shop/web", "shop/cart", 80))
    assert not discover(deployment("web"), service("cart", 80), told=told).blind_spots
