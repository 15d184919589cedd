"""Nested values without lines of their own as keys and values: JSON on one line, a mapping inside a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence.text import tree
from planner.evidence.text.keyed import Entry

_FLOW = re.compile(r"(?:\{|\[\s{0,9}\{|\[[^\[\]]{0,200}=>|array\()")
_LONGEST, _DEEPEST = 20_000, 60


def on_one_line(entry: Entry) -> Iterator[Entry]:
    """Yield what stands in a mapping on one line: `redis: {host: cache, port: 6379}`, also as PHP writes it.

    Args:
        entry: A key with its value, which need not be such a mapping.
    """
    text = entry.value
    if not _FLOW.match(text) or len(text) > _LONGEST:
        return
    if "=>" in text:
        text = text.replace("=>", ":").replace("array(", "{").replace("[", "{").replace("]", "}").replace(")", "}")
    for document in tree.documents(text):
        if not isinstance(document.value, str):
            yield from entries(document.value, entry.key, entry.line)


def entries(value: object, key: str, line: int = 0) -> Iterator[Entry]:
    """Yield the texts and numbers of a nested value; keys of one mapping share a block.

    Args:
        value: Mappings, lists and texts.
        key: Key that it stands under.
        line: Line that all of it stands on.
    """
    waiting: list[tuple[object, tuple[str, ...], int]] = [(value, (key,), 0)]
    blocks = 0
    while waiting:
        current, here, block = waiting.pop()
        if len(here) > _DEEPEST:
            continue
        if isinstance(current, dict):
            blocks += 1
            waiting += [(child, (*here, str(name)), blocks) for name, child in reversed(current.items())]
        elif isinstance(current, list):
            # Items stand beside nothing: each has a block of its own.
            waiting += [(child, here, -blocks - index - 1) for index, child in reversed(list(enumerate(current)))]
            blocks += len(current)
        elif isinstance(current, str | int | float):
            text = str(current).lower() if isinstance(current, bool) else str(current)
            yield Entry(line, tuple(step for step in here[:-1] if step), here[-1], text, block)
