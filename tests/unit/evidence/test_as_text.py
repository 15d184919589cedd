"""A mapping as a text whose lines are known by path."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planner.evidence.as_text import as_text
from planner.model.fields import dig

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(values)
def test_it_is_json_and_every_line_has_the_path_of_what_it_holds(value: Any) -> None:
    text, paths = as_text(value)
    lines = text.split("\n")
    assert json.loads(text) == value
    assert len(lines) == len(paths)
    for line, path in zip(lines, paths, strict=True):
        held = dig(value, *path)
        if not isinstance(held, dict | list):
            assert line.rstrip(",").endswith(json.dumps(held))
