from __future__ import annotations

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.sources.yaml_documents import documents


def line_of(text: str, *path: str | int, offset: int = 0) -> int:
    (document,) = documents(text)
    return KubeObject(Ref("", "x", "X"), "v1", document.value, lines=document.lines).line_of(tuple(path), offset)


def test_every_document_is_numbered_and_knows_its_first_line() -> None:
    found = list(documents("a: 1\n---\n# only a comment\n---\nb: 2\n...\n---\nc: 3\n"))
    assert [(d.number, d.value) for d in found] == [(1, {"a": 1}), (2, {"b": 2}), (3, {"c": 3})]


def test_a_broken_document_costs_only_itself() -> None:
    broken, good = documents("a: [1\n---\nb: 2\n")
    assert broken.fault
    assert broken.value is None
    assert good.value == {"b": 2}


def test_the_fault_names_its_line_and_quotes_nothing() -> None:
    (broken,) = documents("kind: Secret\ndata:\n  password: hunter2\n bad: [\n")
    assert broken.fault_line == 4
    assert "hunter2" not in broken.fault


def test_a_line_is_found_for_keys_items_and_block_text() -> None:
    text = "kind: X\nspec:\n  list:\n  - a: 1\n  - b: 2\n  text: |\n    one\n    two\n"
    assert line_of(text, "spec") == 2
    assert line_of(text, "spec", "list", 1, "b") == 5
    assert line_of(text, "spec", "text", offset=1) == 8
    assert line_of(text, "spec", "missing", "deeper") == 2


def test_a_repeated_key_is_told() -> None:
    (document,) = documents("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert document.repeated == ((4, "b"),)
    assert document.value == {"a": {"b": 3, "c": 2}}


def test_a_date_stays_the_text_that_was_written() -> None:
    (document,) = documents("version: 2024-01-02\n")
    assert document.value == {"version": "2024-01-02"}


def test_merge_keys_and_aliases_are_followed() -> None:
    (document,) = documents("base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\n")
    assert document.value["use"] == {"x": 1, "y": 2}


def test_an_alias_bomb_is_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (document,) = documents("\n".join(levels))
    assert "aliases" in document.fault


def test_an_alias_to_its_own_mapping_is_refused() -> None:
    (document,) = documents("a: &a\n  self: *a\n")
    assert "alias" in document.fault


@given(st.text(alphabet=string.printable, max_size=200))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    list(documents(text))


_PLAIN = st.recursive(
    st.one_of(st.text(string.ascii_letters + "-./: #", max_size=12), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(string.ascii_lowercase, min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_PLAIN)
def test_values_are_those_of_the_plain_loader(value: object) -> None:
    text = yaml.safe_dump(value)
    found = [document.value for document in documents(text)]
    assert (found or [None]) == [yaml.safe_load(text)]


@pytest.mark.parametrize("mark", ["---", "...", "--- # comment"])
def test_markers_inside_a_block_text_do_not_cut_it(mark: str) -> None:
    (document,) = documents(f"text: |\n  one\n  {mark}\n  two\n")
    assert document.value == {"text": f"one\n{mark}\ntwo\n"}


@pytest.mark.parametrize("text", ["- " * 50000, "[" * 50000, "a: " + "{a: " * 20000, "? " * 20000])
def test_a_bottomless_document_is_refused_before_it_is_built(text: str) -> None:
    """The composer of libyaml takes the whole process with it."""
    (found,) = documents(text)
    assert found.value is None
    assert found.fault


def test_a_wide_document_is_read() -> None:
    text = "a: [" + ",".join("{b: [1]}" for _ in range(3000)) + "]\n"
    (found,) = documents(text)
    assert len(found.value["a"]) == 3000
