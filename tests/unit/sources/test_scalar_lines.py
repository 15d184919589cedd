"""Lines inside folded and quoted texts, held against what a YAML parser makes of them."""

from __future__ import annotations

import re

import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.sources import yaml_documents

rows = st.lists(st.sampled_from(["alpha", "beta gamma", "  deeper", "", "   still deeper", "omega"]), max_size=9)


def numbered(lines: list[str]) -> list[str]:
    """Give each row that holds something a word of its own, so that it can be found again."""
    return [f"{line} w{number}" if line.strip() else "" for number, line in enumerate(lines)]


def check(text: str) -> None:
    """Each line of each value begins with the word that stands at the line it is said to begin at."""
    document = next(iter(yaml_documents.documents(text)))
    assert not document.fault
    obj = KubeObject(Ref("", "x", "ConfigMap"), "v1", document.value, "f", 1, document.lines)
    source = text.splitlines()
    for offset, line in enumerate(document.value["key"].splitlines()):
        if line.strip():
            at = source[obj.line_of(("key",), offset) - 1]
            mark = re.compile(r"w\d+")
            assert mark.findall(at)[0] == mark.findall(line)[0] or line in at


@given(rows)
def test_folded_blocks(lines: list[str]) -> None:
    body = numbered(["first", *lines])  # the first row sets the indentation
    check("before: 1\nkey: >\n" + "".join(f"  {line}\n" if line else "\n" for line in body) + "after: 2\n")


@given(st.lists(st.sampled_from(["alpha", "beta", "omega"]), min_size=1, max_size=8), st.integers(1, 40))
def test_quoted_texts_over_several_lines(lines: list[str], width: int) -> None:
    value = "".join(f"{line.replace(' ', '_')}\n" for line in numbered(lines))
    check(yaml.safe_dump({"key": value}, default_style='"', width=width).replace('"key"', "key"))


def test_a_folded_text_without_breaks_is_its_first_row() -> None:
    document = next(iter(yaml_documents.documents("key: >-\n  one\n  two\n")))
    assert document.lines["key"] == [2, 2]  # type: ignore[index, call-overload]


def test_an_empty_folded_text_has_the_line_of_its_key() -> None:
    document = next(iter(yaml_documents.documents("key: >\nafter: 1\n")))
    assert document.lines["key"] == [1]  # type: ignore[index, call-overload]
