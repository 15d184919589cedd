"""YAML and JSON texts as values with their lines, for the syntaxes whose meaning lies in their structure.

Built from parser events and not from a loaded document: nothing nests deeper than is followed, every scalar stays
the text that was written, and each value knows its line. A text that is no YAML (a template, say) gives nothing,
and its reader falls back on lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from planner.model.fields import Path

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST, _DEEPEST, _MOST = 400_000, 60, 60_000
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes:
        value: Mappings, lists and texts; no numbers, no booleans, an empty text for null.
        lines: Line of each value in the whole text, from 0; of a mapping or a list the line of its key, of a block
            of text the line below the mark that opens it.
        blocks: Paths of blocks of text, whose further lines are lines of the whole text.
    """

    value: Any
    lines: Mapping[Path, int]
    blocks: frozenset[Path] = frozenset()

    def line(self, *path: str | int) -> int:
        """Return the line of the nearest value at or above a path."""
        exact = self.lines.get(path)
        if exact is not None:
            return exact
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0

    def leaves(self, *path: str | int) -> Iterator[tuple[Path, str]]:
        """Yield every text at or below a path."""
        yield from _leaves(_dig(self.value, path), path)


def _dig(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    waiting = [(path, value)]
    seen = 0
    while waiting and seen < _MOST:  # aliases may unfold without end
        here, current = waiting.pop()
        seen += 1
        if isinstance(current, str):
            yield here, current
        elif len(here) > _DEEPEST:
            continue
        elif isinstance(current, dict):
            waiting += [((*here, key), child) for key, child in reversed(current.items())]
        elif isinstance(current, list):
            waiting += [((*here, index), child) for index, child in reversed(list(enumerate(current)))]


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is being read."""

    value: Any
    path: Path
    key: str | None = None
    waits: bool = False
    anchor: str = ""


@dataclass(slots=True)
class _Builder:
    """Puts the events of one document together."""

    stack: list[_Open] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)
    anchors: dict[str, Any] = field(default_factory=dict)
    blocks: set[Path] = field(default_factory=set)
    root: Any = None
    count: int = 0

    def open(self, value: Any, line: int, anchor: str) -> None:
        path = self._place(line)
        if len(self.stack) >= _DEEPEST:
            raise ValueError("nested too deeply")
        if anchor:
            self.anchors[anchor] = value
        self._put(value)
        self.stack.append(_Open(value, path))

    def scalar(self, text: str, line: int, anchor: str, *, block: bool) -> None:
        if anchor:
            self.anchors[anchor] = text
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.value, dict) and not top.waits:
            top.key, top.waits = text, True
            self.lines[(*top.path, text)] = line
            return
        path = self._place(line)
        self.lines[path] = line + block
        if block:
            self.blocks.add(path)
        self._put(text)

    def alias(self, name: str, line: int) -> None:
        self._place(line)
        self._put(self.anchors.get(name, ""))

    def close(self) -> None:
        self.stack.pop()

    def _place(self, line: int) -> Path:
        self.count += 1
        if self.count > _MOST:
            raise ValueError("too many values")
        if not self.stack:
            self.lines[()] = line
            return ()
        top = self.stack[-1]
        path = (*top.path, len(top.value) if isinstance(top.value, list) else (top.key or ""))
        self.lines.setdefault(path, line)
        return path

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key == "<<" and isinstance(value, dict):
            for name, child in value.items():
                top.value.setdefault(name, child)
        else:
            top.value[top.key or ""] = value
        top.waits = False


@lru_cache(maxsize=64)
def documents(text: str) -> tuple[Document, ...]:
    """Return the documents of a YAML or JSON text; none where it cannot be read as such."""
    if len(text) > _LARGEST or ("{{" in text and _is_template(text)):
        return ()
    found: list[Document] = []
    try:
        for builder in _built(text.expandtabs(4) if "\t" in text else text):
            found.append(Document(builder.root, builder.lines, frozenset(builder.blocks)))  # noqa: PERF401  (keeps what was read before a fault)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return ()
    return tuple(found)


def _is_template(text: str) -> bool:
    return any(line.lstrip().startswith("{{") for line in text.splitlines())


def _built(text: str) -> Iterator[_Builder]:
    builder = _Builder()
    loader = _LOADER(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            kind = event.__class__
            if kind is yaml.ScalarEvent:
                value = event.value
                if value in _NULLS and event.style in (None, ""):
                    value = ""
                builder.scalar(value, event.start_mark.line, event.anchor or "", block=event.style in ("|", ">"))
            elif kind is yaml.MappingStartEvent:
                builder.open({}, event.start_mark.line, event.anchor or "")
            elif kind is yaml.SequenceStartEvent:
                builder.open([], event.start_mark.line, event.anchor or "")
            elif kind in _ENDS:
                builder.close()
            elif kind is yaml.AliasEvent:
                builder.alias(event.anchor or "", event.start_mark.line)
            elif kind is yaml.DocumentStartEvent:
                builder = _Builder()
            elif kind is yaml.DocumentEndEvent:
                yield builder
    finally:
        loader.dispose()
