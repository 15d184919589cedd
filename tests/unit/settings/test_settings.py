from __future__ import annotations

from typing import Any

import pytest
import yaml

from planner.errors import ConfigError
from planner.model.plan import NamespaceClass
from planner.settings import DeclaredFlow, Pin, Settings, from_document

EVERYTHING = """\
istio: {version: "1.30", revision: stable, rootNamespace: mesh, cni: true, nativeSidecars: false}
kubernetes: {version: "1.32"}
clusterDomain: corp.local
outboundTrafficPolicy: REGISTRY_ONLY
plan:
  maxNamespacesPerPhase: 3
  maxWorkloadsPerPhase: 40
  pins: [{namespace: a, phase: 1}, {namespace: b, notBefore: 2, notAfter: 3}]
  exclude: [c, {namespace: d, reason: retired}]
  groups: [[e, f]]
  joinEdge: [front]
  ownerLabel: team
namespaces: {ops: {class: platform, owner: sre}}
flows: [{from: a/x, to: b/y, port: 80, protocol: http, note: in code}]
templates: ./mine
seed: 7
"""


def test_every_key_is_read() -> None:
    assert from_document(yaml.safe_load(EVERYTHING), "m.yaml") == Settings(
        istio_version="1.30",
        kubernetes_version="1.32",
        revision="stable",
        root_namespace="mesh",
        outbound_policy="REGISTRY_ONLY",
        cni=True,
        native_sidecars=False,
        cluster_domain="corp.local",
        classes={"ops": NamespaceClass.PLATFORM},
        owners={"ops": "sre"},
        owner_label="team",
        max_namespaces=3,
        max_workloads=40,
        pins=(Pin("a", 1), Pin("b", None, 2, 3)),
        excluded={"c": "excluded by the configuration", "d": "retired"},
        groups=(("e", "f"),),
        join_edge=("front",),
        flows=(DeclaredFlow("a/x", "b/y", 80, "http", "in code"),),
        templates="./mine",
        seed=7,
        file="m.yaml",
    )


def test_an_empty_file_says_nothing() -> None:
    assert from_document(None, "m.yaml") == Settings(file="m.yaml")


@pytest.mark.parametrize(
    ("document", "key", "hint"),
    [
        ({"istoi": {}}, "istoi", "did you mean `istio`"),
        ({"istio": {"versoin": "1.30"}}, "istio.versoin", "version"),
        ({"istio": {"version": 1.3}}, "istio.version", "quote"),
        ({"plan": {"pins": [{"namespace": "a"}]}}, "plan.pins[0]", ""),
        ({"plan": {"pins": [{"namespace": "a", "phase": 0}]}}, "plan.pins[0]", ""),
        ({"plan": {"pins": ["a"]}}, "plan.pins[0]", ""),
        ({"plan": {"pins": [{"namespace": "a", "notBefore": 3, "notAfter": 2}]}}, "plan.pins[0]", ""),
        ({"plan": {"pins": [{"namespace": "a", "phase": 1}, {"namespace": "a", "phase": 2}]}}, "plan.pins[1]", ""),
        ({"plan": {"maxNamespacesPerPhase": -1}}, "plan.maxNamespacesPerPhase", ""),
        ({"plan": {"maxNamespacesPerPhase": True}}, "plan.maxNamespacesPerPhase", ""),
        ({"plan": {"groups": ["a"]}}, "plan.groups", ""),
        ({"namespaces": {"a": {"class": "important"}}}, "namespaces.a.class", ""),
        ({"flows": [{"from": "a/b"}]}, "flows[0].to", ""),
        ({"outboundTrafficPolicy": "DENY"}, "outboundTrafficPolicy", ""),
        (["a list"], "m.yaml", ""),
    ],
)
def test_a_wrong_value_names_file_and_key(document: Any, key: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_document(document, "m.yaml")
    assert "m.yaml" in caught.value.message
    assert key in caught.value.message
    assert hint in caught.value.hint


def test_flags_lie_over_the_file_and_silence_changes_nothing() -> None:
    base = Settings(istio_version="1.30", seed=3)
    assert base.with_flags(istio_version="1.31", revision="", seed=None) == Settings(istio_version="1.31", seed=3)
    with pytest.raises(ConfigError):
        base.with_flags(outbound_policy="no")
