import shlex
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.render.text_filters import code, comment, markdown, shell

BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(max_size=40))
def test_a_comment_stays_one(text):
    for made in (comment(text), markdown(text), code(text)):
        assert len(made.splitlines()) <= 1


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(max_size=40))
def test_a_shell_word_stays_one(text):
    assert shlex.split(shell(text)) == [text.replace("\x00", "?")]


def test_the_shell_agrees():
    for text in ("$(touch /tmp/x)", "`id`", "a'b\"c\\", "-n", "*", "a\nb", "!x", "~"):
        out = subprocess.run(
            ["bash", "-c", f"printf %s {shell(text)}"], capture_output=True, text=True, check=True
        ).stdout
        assert out == text


def test_breaks_of_every_kind_go():
    assert comment(f"a{BREAKS}b") == "a b"


def test_code_holds_backticks():
    assert code("a`b``c") == "```a`b``c```" and code("`x`") == "`` `x` ``"
