"""JSON text to plain values and line numbers: what `kubectl get -o json` prints, one or many in a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from planner.model.objects import Lines
from planner.sources.yaml_documents import Document

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')


def documents(text: str) -> Iterator[Document]:
    """Yield each JSON document of a text; the first fault ends it, since JSON has no way to resume.

    Args:
        text: One JSON value, or several in a row (also one per line).
    """
    decoder, at, number = json.JSONDecoder(), 0, 0
    while True:
        at = _end_of(_SPACE, text, at)
        if at == len(text):
            return
        number += 1
        line = text.count("\n", 0, at) + 1
        try:
            value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            fault = error.msg if isinstance(error, json.JSONDecodeError) else "the document is nested too deeply"
            where = error.lineno if isinstance(error, json.JSONDecodeError) else line
            yield Document(number, line, None, None, fault=f"not JSON: {fault}", fault_line=where)
            return
        lines, repeated = _mirror(text, at, end, line)
        yield Document(number, line, value, lines, repeated=repeated)
        at = end


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _mirror(text: str, start: int, end: int, line: int) -> tuple[Lines, tuple[tuple[int, str], ...]]:
    """Build the mirror of line numbers for valid JSON between two offsets."""
    root: list[Any] = [0]
    stack: list[list[Any] | dict[str, Any]] = []
    here: list[Any] | dict[str, Any] = root
    key: str | None = None
    repeated: list[tuple[int, str]] = []
    for match in _TOKEN.finditer(text, start, end):
        token = match.group()
        first = token[0]
        if first == "\n":
            line += 1
        elif first in "{[":
            child: list[Any] | dict[str, Any] = {"": line} if first == "{" else [line]
            _put(here, key, child)
            stack.append(here)
            here, key = child, None
        elif first in "}]":
            here, key = stack.pop(), None
        elif first in ",:":
            key = None if first == "," else key
        elif isinstance(here, dict) and key is None:
            key = _unquote(token)
            if key in here and key:
                repeated.append((line, key))
        else:
            _put(here, key, line)
    return root[1] if len(root) > 1 else None, tuple(repeated)


def _put(here: list[Any] | dict[str, Any], key: str | None, value: Any) -> None:
    if isinstance(here, dict):
        here[key or ""] = value
    else:
        here.append(value)


def _unquote(token: str) -> str:
    return str(json.loads(token)) if "\\" in token else token[1:-1]
