"""Filters that keep a value inside its place: a comment, a shell word, a line of Markdown.

Names and reasons come from manifests that anybody may have written, so none of them is trusted to be one word
or one line.
"""

from __future__ import annotations

import re
import shlex

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def one_line(value: object) -> str:
    """Put a text on one line: every run of control and line-breaking characters becomes a space."""
    return _BREAKS.sub(" ", str(value)).strip()


def comment(value: object) -> str:
    """Prepare a text for the rest of a comment line of YAML or shell."""
    return one_line(value)


def shell(value: object) -> str:
    """Quote a text as one word of a POSIX shell; a NUL, which no argument can hold, becomes `?`."""
    return shlex.quote(str(value).replace("\x00", "?"))


def markdown(value: object) -> str:
    """Prepare a text for a line of Markdown: nothing in it is markup."""
    return _MARKUP.sub(r"\\\1", one_line(value))


def code(value: object) -> str:
    """Set a text as inline code, whatever backticks it holds."""
    text = one_line(value)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}"
