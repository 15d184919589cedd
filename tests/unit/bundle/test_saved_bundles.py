"""Bundles survive the machine file exactly, whatever stands in them."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.bundle import saved
from planner.errors import InputError
from planner.model.bundle import (
    Change,
    Created,
    EgressCheck,
    Overlay,
    Patch,
    PatchType,
    PhaseBundle,
    Rollout,
    Settle,
    StepBundle,
)
from planner.model.note import Note, NoteKind
from planner.model.plan import Gate
from planner.model.refs import Ref

_text = st.text(max_size=6)
_texts = st.lists(_text, max_size=2).map(tuple)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | _text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_text, inner, max_size=2),
    max_leaves=5,
)
_bodies = st.dictionaries(_text, _json, max_size=3)
_refs = st.builds(Ref, _text, _text, _text)
_items = st.lists(st.tuples(_text, _text), min_size=1, max_size=2).map(tuple)
_paths = st.lists(_text | st.integers(0, 9) | _items, max_size=4).map(tuple)
_changes = st.builds(Change, _paths, _json, _json, st.booleans())
_overlays = st.none() | st.builds(Overlay, _text, st.lists(_bodies, max_size=2).map(tuple))
_patches = st.builds(
    Patch, _refs, _text, _text, st.sampled_from(PatchType), _json, _json,
    st.lists(st.tuples(_text, _text), max_size=2).map(tuple), _text, _text, st.booleans(),
    st.lists(_changes, max_size=2).map(tuple), _overlays,
)  # fmt: skip
_checks = st.builds(EgressCheck, _text, _text, _text, _text, st.integers(1, 65535), _text)
_settles = st.lists(st.builds(Settle, _text, _text, _text, _text, _text), max_size=2).map(tuple)
_steps = st.builds(
    StepBundle, _text, _text, _text, st.lists(st.builds(Created, _refs, _text, _bodies, _text), max_size=2).map(tuple),
    st.lists(_patches, max_size=2).map(tuple), st.lists(_refs, max_size=2).map(tuple), _texts,
    st.lists(st.builds(Rollout, _refs, _text, st.booleans()), max_size=2).map(tuple), _texts, _texts, _settles,
)  # fmt: skip
_notes = st.builds(Note, st.sampled_from(NoteKind), _text, _text, st.integers(0, 9), st.integers(0, 9), _text, _text)
_phases = st.builds(
    PhaseBundle, st.integers(0, 9), _text, _texts, st.lists(_steps, max_size=2).map(tuple),
    st.lists(_checks, max_size=2).map(tuple), st.lists(_notes, max_size=2).map(tuple),
    st.lists(st.builds(Gate, _text, _text, _text, _text), max_size=2).map(tuple), _texts, _settles,
)  # fmt: skip


def _seen(value: Any) -> Any:
    """Everything that a value holds, with its types, so that equal means equal."""
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *((f.name, _seen(getattr(value, f.name))) for f in fields(value)))
    if isinstance(value, dict):
        return {key: _seen(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return (type(value).__name__, *map(_seen, value))
    return (type(value).__name__, value)


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(st.lists(_phases, max_size=2).map(tuple))
def test_the_way_there_and_back_is_exact(phases: tuple[PhaseBundle, ...]) -> None:
    text = saved.dump(phases, {"b": "x", "a": "y"})
    found, files, digest = saved.load(text, "rollout.json")
    assert _seen(found) == _seen(phases)
    assert list(files) == ["a", "b"]
    assert saved.dump(found, {"a": "y", "b": "x"}) == text
    assert saved.stated_digest(text) == digest


def test_a_changed_value_changes_the_digest() -> None:
    text = saved.dump((PhaseBundle(1, "01-a", ("shop",), ()),), {})
    edited = text.replace('"shop"', '"ship"')
    assert saved.load(edited, "x")[2] != saved.stated_digest(edited)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"apiVersion": "meshplan.io/v1", "kind": "Plan"}',
     '{"apiVersion": "meshplan.io/v1", "kind": "Rollout"}',
     json.dumps({"apiVersion": "meshplan.io/v1", "kind": "Rollout", "files": {}, "phases": [{"index": 1, "more": 2}]})],
)  # fmt: skip
def test_what_is_no_rollout_is_said_in_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^x: ") as raised:
        saved.load(text, "x")
    assert "\n" not in raised.value.message and raised.value.hint
