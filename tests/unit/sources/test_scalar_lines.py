"""Lines inside texts of every style, held against what a YAML parser makes of them."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.sources import yaml_documents

rows = st.lists(st.sampled_from(["alpha", "beta gamma", "  deeper", "", "   still deeper", "omega"]), max_size=9)
plain = st.lists(st.sampled_from(["alpha", "beta-gamma", "omega", ""]), max_size=8)


def marked(lines: list[str]) -> list[str]:
    """Give each row that holds something a word of its own, so that it can be found again."""
    return [f"{line}-w{number:02}" if line.strip() else "" for number, line in enumerate(lines)]


def check(text: str, words: list[str]) -> None:
    """Each word of a row is found at the line of the file where it stands."""
    document = next(iter(yaml_documents.documents(text)))
    assert not document.fault, document.fault
    obj = KubeObject(Ref("", "x", "ConfigMap"), "v1", document.value, "f", 1, document.lines)
    source = text.splitlines()
    for word in (row.split()[-1] for row in words if row):
        offset = next(n for n, line in enumerate(document.value["key"].splitlines()) if word in line)
        assert word in source[obj.line_of(("key",), offset, word) - 1]


@given(rows, st.sampled_from([">", ">-", ">+", "|", "|-"]))
def test_blocks(lines: list[str], header: str) -> None:
    body = marked(["first", *lines])  # the first row sets the indentation
    check(f"before: 1\nkey: {header}\n" + "".join(f"  {row}\n" if row else "\n" for row in body) + "after: 2\n", body)


@given(plain, st.sampled_from(["", "'", '"']))
def test_plain_and_quoted_texts_over_several_rows(lines: list[str], quote: str) -> None:
    body = marked(["first", *lines, "last"])
    check(f"before: 1\nkey: {quote}" + "\n".join(f"    {row}" if row else "" for row in body).strip() + f"{quote}\nafter: 2\n", body)  # fmt: skip  # noqa: E501


@given(st.lists(st.sampled_from(["alpha", "beta", "omega"]), min_size=1, max_size=8), st.integers(1, 40))
def test_quoted_texts_as_a_printer_folds_them(lines: list[str], width: int) -> None:
    body = marked(lines)
    value = "".join(f"{line}\n" for line in body)
    check(yaml.safe_dump({"key": value}, default_style='"', width=width).replace('"key"', "key"), body)


def test_words_of_joined_rows_keep_their_own_line() -> None:
    text = "key: >-\n  --first=a\n  --cart=http://cart:8080\n  --last=b\n"
    document = next(iter(yaml_documents.documents(text)))
    obj = KubeObject(Ref("", "x", "ConfigMap"), "v1", document.value, "f", 1, document.lines)
    assert [obj.line_of(("key",), 0, word) for word in ("--first", "http://cart:8080", "--last=b", "")] == [2, 3, 4, 2]


def test_an_empty_folded_text_has_the_line_of_its_key() -> None:
    document = next(iter(yaml_documents.documents("key: >\nafter: 1\n")))
    obj = KubeObject(Ref("", "x", "ConfigMap"), "v1", document.value, "f", 1, document.lines)
    assert obj.line_of(("key",), 0, "x") == 1


def test_lines_that_somebody_edited_stop_nothing() -> None:
    lines = {"": 1, "key": [3, ["a", 1], [], "x"]}
    obj = KubeObject(Ref("", "x", "ConfigMap"), "v1", {"key": "a\nb\nc"}, "f", 1, lines)
    assert [obj.line_of(("key",), n, "b") for n in range(4)] == [3, 3, 3, 3]
