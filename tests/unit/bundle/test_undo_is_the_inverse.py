"""The law of every patch: applied and undone, the object is what it was."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.bundle.labels import template_patch
from planner.bundle.patching import key_changes, merge_bodies, path_text
from planner.bundle.peer_authentications import patch_of
from planner.bundle.port_patches import Choice, _entries, _operations
from planner.model.bundle import Change, PatchType
from planner.model.fields import dig
from planner.model.services import as_service
from planner.model.workloads import as_workload
from tests.builders import flow
from tests.unit.bundle.appliers import applied, forth_and_back, tidy
from tests.unit.bundle.worlds import World, deployment, namespace, obj, plan_of, service

_keys = st.sampled_from(["app", "version", "istio.io/rev", "sidecar.istio.io/inject", "a~b/c", "x"])
_values = st.text(max_size=8)
_labels = st.dictionaries(_keys, _values)
_wanted = st.dictionaries(_keys, st.none() | _values, min_size=1)


@settings(deadline=None, derandomize=True, database=None)
@given(_labels | st.none(), _wanted)
def test_merge_patches_of_labels(labels: dict[str, str] | None, wanted: dict[str, str | None]) -> None:
    raw: dict[str, Any] = {"metadata": {"name": "x"}, "spec": {"keep": [1]}}
    if labels is not None:
        raw["metadata"]["labels"] = labels
    changes = key_changes(raw, ("metadata", "labels"), wanted)
    body, undo = merge_bodies(changes)
    there = applied(raw, body, PatchType.MERGE)
    for key, value in wanted.items():
        assert dig(there, "metadata", "labels", key) == value
    assert tidy(applied(there, undo, PatchType.MERGE)) == tidy(raw)


@settings(deadline=None, derandomize=True, database=None)
@given(_labels, st.dictionaries(_keys, _values, min_size=1))
def test_template_patches(labels: dict[str, str], new: dict[str, str | None]) -> None:
    raw = copy.deepcopy(dict(deployment("a", labels=labels).raw))
    workload = as_workload(obj(raw))
    assert workload
    there, back = forth_and_back(raw, template_patch(workload, new, "test"))
    assert dig(there, "spec", "template", "metadata", "labels") == {**labels, **new}
    assert there["spec"]["selector"] == raw["spec"]["selector"]
    assert tidy(back) == tidy(raw)


_port = st.fixed_dictionaries(
    {"port": st.integers(1, 65535), "protocol": st.sampled_from(["TCP", "UDP"])},
    optional={"name": st.just("web"), "targetPort": st.just(8080), "appProtocol": st.sampled_from(["h2c", "", "tcp"])},
)


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(_port, min_size=1, max_size=5, unique_by=lambda p: (p["port"], p["protocol"])), st.data())
def test_port_patches(ports: list[dict[str, Any]], data: st.DataObject) -> None:
    raw = copy.deepcopy(dict(service("a", *ports).raw))
    known = as_service(obj(raw))
    assert known
    chosen = data.draw(st.lists(st.sampled_from(known.ports), min_size=1, unique_by=lambda p: p.index))
    choices = [Choice(port, "http") for port in chosen]
    numbers = [port["port"] for port in ports]
    twice = any(numbers.count(c.port.number) > 1 for c in choices)
    kind = PatchType.JSON if twice else PatchType.STRATEGIC
    body, undo = _operations(choices) if twice else _entries(choices)
    there = applied(raw, body, kind)
    for index, port in enumerate(there["spec"]["ports"]):
        wanted = "http" if index in {p.index for p in chosen} else raw["spec"]["ports"][index].get("appProtocol")
        assert port.get("appProtocol") == wanted
    assert applied(there, undo, kind) == raw


def test_the_whole_of_a_small_plan_undoes_itself() -> None:
    objects = (
        namespace("shop", team="x"),
        namespace("pay", **{"istio-injection": "enable"}),
        deployment("web"),
        deployment("cart"),
        deployment("pay-api", namespace="pay"),
        service("cart", {"port": 80, "name": "web"}),
        obj("{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: d, namespace: pay}, "
            "spec: {mtls: {mode: STRICT}}}"),
    )  # fmt: skip
    world = World(
        objects, plan_of(("shop",), ("pay",), strict={"shop": 2, "pay": 2}), (flow("pay/pay-api", "shop/cart"),)
    )
    state = {o.ref: copy.deepcopy(dict(o.raw)) for o in objects}
    start = copy.deepcopy(state)
    done = []
    for bundle in world.bundles():
        for step in bundle.steps:
            for item in step.created:
                assert item.ref not in state
                state[item.ref] = copy.deepcopy(dict(item.body))
            done.extend([("created", item) for item in step.created])
            for patch in step.patches:
                before = state[patch.ref]
                for change in patch.changes:
                    if all(isinstance(part, str) for part in change.path):
                        assert dig(before, *change.path) == change.old, (patch.ref, path_text(change.path))
                state[patch.ref] = applied(before, patch.body, patch.type)
                done.append(("patched", patch))
    assert state[world.objects[-1].ref]["spec"]["mtls"]["mode"] == "STRICT"
    assert len(done) > 8
    for kind, item in reversed(done):
        if kind == "created":
            assert tidy(state.pop(item.ref)) == tidy(dict(item.body)), "changed since it was created"
        else:
            state[item.ref] = applied(state[item.ref], item.undo, item.type)
    assert {ref: tidy(raw) for ref, raw in state.items()} == {ref: tidy(raw) for ref, raw in start.items()}


@pytest.mark.parametrize(("old", "new"), [(None, "STRICT"), ("PERMISSIVE", "STRICT"), ({"a": [1]}, None)])
def test_peer_authentication_patches(old: Any, new: Any) -> None:
    raw = {"spec": {"mtls": {"mode": old}} if old is not None else {}}
    patch = patch_of(obj("{apiVersion: v1, kind: PeerAuthentication, metadata: {name: a}}").ref, "v1",
                     (Change(("spec", "mtls", "mode"), old, new),), "why")  # fmt: skip
    there, back = forth_and_back(raw, patch)
    assert dig(there, "spec", "mtls", "mode") == new
    assert tidy(back) == tidy(raw)
