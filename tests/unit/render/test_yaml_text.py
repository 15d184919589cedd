import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.render.yaml_text import block, is_bare

# Anything that YAML 1.1 or 1.2 (core), or a reader with a habit of its own, takes for something else than a string.
_OTHER = re.compile(
    r"""(?ix)
    y|n|yes|no|on|off|true|false|null|~|
    [-+]?(\.inf|\.nan|inf|nan|infinity)|
    [-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?0x[0-9a-f_]+|
    [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|
    [-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(e[-+]?[0-9]+)?|
    [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|
    =|<<
    """
)
_TRAPS = """
y n Y N yes No on OFF true False null ~ 1e3 1E3 1_000 0o7 0x1F 017 1:30 .inf -.inf .NaN 2024-01-01 1.5 .5 5. + -
0b1 = << 1e+3 0o17 -1 +1 e1 1e inf NaN Infinity 12:30:45 2001-12-14t21:59:43.10-05:00
"""
TRAPS = _TRAPS.split()


ODD = ["", " ", "a: b", "a #b", "- a", "'", '"', "a\nb", "\ttab", "%", "@x", "`x", "\x85", "\u2028", "\ufeff", "\x00"]
MORE = ["é", "🙂", "a ", "{}", "[]", "!tag", "&a", "*a", "|", ">"]


@pytest.mark.parametrize("text", [*TRAPS, *ODD, *MORE])
def test_a_string_stays_a_string(text):
    for written in (block(text), block({text: text}), block([text])):
        value = yaml.safe_load(written)
        assert value in (text, {text: text}, [text])
    assert "\n" not in block(text)


@pytest.mark.parametrize("text", TRAPS)
def test_what_looks_like_something_else_is_quoted(text):
    assert block(text).startswith('"') or not _OTHER.fullmatch(text)
    assert f'"{text}"' in block({"key": text}) or not _OTHER.fullmatch(text)


@settings(deadline=None, derandomize=True, database=None, max_examples=400)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_no_bare_string_is_anything_else(text):
    assert not (is_bare(text) and _OTHER.fullmatch(text))
    assert yaml.safe_load(block(text)) == text


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(alphabet=st.characters(codec="utf-8"), max_size=12)
    | st.sampled_from(TRAPS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="abxy/.-019~", max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(st.dictionaries(st.sampled_from(["a", "y", "1"]), _values, min_size=1), st.integers(0, 6))
def test_values_come_back_at_any_indent(value, indent):
    frame = "root:\n" + " " * max(indent, 1) + block(value, max(indent, 1)) + "\nafter: 1\n"
    assert yaml.safe_load(frame) == {"root": value, "after": 1}
