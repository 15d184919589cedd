from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.sources.json_documents import documents

_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=15,
)


def test_several_documents_in_a_row_are_read() -> None:
    found = list(documents('{"a": 1}\n{"b": 2}\n'))
    assert [(d.number, d.line, d.value) for d in found] == [(1, 1, {"a": 1}), (2, 2, {"b": 2})]


def test_the_line_of_a_deep_field_is_found() -> None:
    text = json.dumps({"items": [{"x": "{[\n"}, {"spec": {"ports": [80, 81]}}]}, indent=2)
    (document,) = documents(text)
    obj = KubeObject(Ref("", "x", "X"), "v1", document.value, lines=document.lines)
    wanted = 1 + text[: text.index("81")].count("\n")
    assert obj.line_of(("items", 1, "spec", "ports", 1)) == wanted


def test_broken_json_names_its_line() -> None:
    good, broken = documents('{"a": 1}\n{"b": \n')
    assert good.value == {"a": 1}
    assert broken.fault_line >= 2


def test_a_repeated_key_is_told() -> None:
    (document,) = documents('{"a": 1,\n "a": 2}')
    assert document.repeated == ((2, "a"),)


@given(_JSON)
def test_the_mirror_has_the_shape_of_the_value(value: object) -> None:
    (document,) = documents(json.dumps(value, indent=1))
    assert document.value == value
    assert_mirrors(document.value, document.lines)


def assert_mirrors(value: object, lines: object) -> None:
    if isinstance(value, dict) and "" not in value:
        assert isinstance(lines, dict)
        assert set(lines) == {"", *value}
        for key, item in value.items():
            assert_mirrors(item, lines[key])
    elif isinstance(value, list):
        assert isinstance(lines, list)
        assert len(lines) == len(value) + 1
        for item, where in zip(value, lines[1:], strict=True):
            assert_mirrors(item, where)


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    list(documents("{" + text))
