"""The table of kinds, and that whatever a stage asks for by name is declared and so asked of a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner import pipeline
from planner.model.inventory import Inventory
from planner.model.kinds import RESOURCES, of_kinds
from planner.pipeline.kinds import declared_kinds, declared_resources
from planner.settings import Settings

WITHOUT_A_GROUP = {"AerospikeCluster", "Cassandra", "Couchbase", "Druid", "Infinispan", "PulsarCluster"}
"""Kinds that several operators define, or that are gone from where they were: recognised in files only."""


def test_every_declared_kind_has_its_place_in_the_api() -> None:
    assert declared_kinds() - {resource.kind for resource in RESOURCES} == WITHOUT_A_GROUP


def test_every_place_is_declared_and_named_once() -> None:
    assert {resource.kind for resource in RESOURCES} <= declared_kinds()
    assert len({(r.group, r.plural) for r in RESOURCES}) == len(RESOURCES)
    assert of_kinds(frozenset({"Gateway"})) == tuple(r for r in RESOURCES if r.kind == "Gateway")


def test_secrets_are_not_among_them() -> None:
    assert not [resource for resource in declared_resources() if resource.plural == "secrets"]


def test_what_a_run_asks_for_by_name_is_declared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: set[str] = set()
    of_kind, get = Inventory.of_kind, Inventory.get

    def recording(self: Inventory, *kinds: str) -> Any:
        asked.update(kind for kind in kinds if kind not in self.kinds)
        return of_kind(self, *kinds)

    def recording_get(self: Inventory, kind: str, namespace: str, name: str) -> Any:
        asked.add(kind)
        return get(self, kind, namespace, name)

    monkeypatch.setattr(Inventory, "of_kind", recording)
    monkeypatch.setattr(Inventory, "get", recording_get)
    (tmp_path / "few.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    for source in ("samples/bank", str(tmp_path)):
        run = pipeline.start([source], Settings(), "default", lambda *_: None)
        assert run.bundles is not None and run.plan and run.notes is not None
    custom = {kind for kind in asked if kind not in {resource.kind for resource in RESOURCES}}
    assert asked - declared_kinds() - custom == set()
    assert len(asked) > 30
