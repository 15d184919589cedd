import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.render.names import numbered, safe

HOSTILE = [
    "../../etc/passwd",
    "a/b",
    "-rf",
    ".",
    "..",
    "",
    "a\nb",
    "a b",
    "'; rm -rf ~",
    "C:\\x",
    "é",
    "🙂" * 40,
    "x" * 300,
    "con.",
    ".hidden",
    "a..b",
    "A",
    "\x00",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_one_harmless_component(name):
    for made in (safe(name), numbered(1, "service", name, name)):
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", made) and ".." not in made and len(made) <= 100


def test_good_names_stay_and_others_stay_apart():
    assert safe("01-canary") == "01-canary" and safe("ext-api.example.com") == "ext-api.example.com"
    assert len({safe(name) for name in HOSTILE}) == len(HOSTILE)


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(max_size=200))
def test_any_text(name):
    made = safe(name)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", made) and ".." not in made and len(made) <= 80
