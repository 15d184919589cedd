"""YAML text to plain values and line numbers, document by document, in one pass.

libyaml composes the node tree; the values and the mirror of line numbers are built from it together,
so nothing is parsed twice and a broken document never costs its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from planner.model.objects import Lines
from planner.sources import scalar_lines
from planner.sources.depth import is_too_deep

_MARKER = re.compile(r"^(?:---|\.\.\.)(?:[ \t\r]|$)", re.MULTILINE)
_LIMIT = 2_000_000
"""Nodes one document may unfold to through aliases before it is refused."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
_KEPT_AS_TEXT = {_STRING, "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:value"}


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream.

    Attributes:
        number: Position in the stream, from 1, counting empty documents too.
        line: First line of the document, from 1.
        value: Plain value; None where the document is empty or broken.
        lines: Mirror of line numbers.
        fault: Why it could not be read, or an empty string.
        fault_line: Line of the fault.
        repeated: (line, key) of every key that stands twice in one mapping.
    """

    number: int
    line: int
    value: Any
    lines: Lines
    fault: str = ""
    fault_line: int = 0
    repeated: tuple[tuple[int, str], ...] = ()


def documents(text: str) -> Iterator[Document]:
    """Yield the documents of a YAML stream; a broken one carries its fault.

    Args:
        text: The whole stream.
    """
    for number, (line, part) in enumerate(_split(text), start=1):
        yield _read(number, line, part)


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Cut a stream at its document markers; yield (first line, text) of each part that holds anything."""
    start, line = 0, 1
    cuts = [*(match.start() for match in _MARKER.finditer(text)), len(text)]
    for cut in cuts:
        part = text[start:cut]
        if not _is_blank(part):
            yield line, part
        line += part.count("\n")
        start = cut


def _is_blank(part: str) -> bool:
    if not part.strip():
        return True
    rows = (row.strip() for row in part.splitlines())
    return all(not row or row.startswith("#") or row in ("---", "...") for row in rows)


def _read(number: int, line: int, part: str) -> Document:
    if is_too_deep(part):
        return Document(number, line, None, None, fault="the document is nested too deeply", fault_line=line)
    loader = _Loader(part)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(number, line, None, None)
        build = _Builder(loader, line, part)
        value, lines = build.value(node)
        return Document(number, line, value, lines, repeated=tuple(build.repeated))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = line + (mark.line if mark else 0)
        return Document(number, line, None, None, fault=_say(error), fault_line=where)
    except (ValueError, RecursionError) as error:
        return Document(number, line, None, None, fault=_say(error), fault_line=line)
    finally:
        loader.dispose()


def _say(error: Exception) -> str:
    """Give the reason of a fault without quoting the text, which may hold a secret."""
    problem = getattr(error, "problem", None)
    if isinstance(error, RecursionError):
        return "the document is nested too deeply"
    if isinstance(error, yaml.reader.ReaderError):
        return "the text holds a character that YAML does not allow"
    return str(problem or (error if isinstance(error, _RefusedError) else "the text is not YAML"))


class _RefusedError(ValueError):
    """A document that is valid YAML and still not accepted."""


class _Builder:
    """Builds value and line mirror of one node tree."""

    def __init__(self, loader: Any, first_line: int, text: str) -> None:
        self._loader = loader
        self._first = first_line
        self._text = text
        self._count = 0
        self._open: set[int] = set()
        self.repeated: list[tuple[int, str]] = []

    def value(self, node: yaml.Node) -> tuple[Any, Lines]:
        """Return the plain value and the line mirror of a node."""
        self._count += 1
        if self._count > _LIMIT:
            raise _RefusedError("the document unfolds to too many values through aliases")
        line = node.start_mark.line + self._first
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node), self._line(node)
        if id(node) in self._open:
            raise _RefusedError("an alias refers to the mapping or list that holds it")
        self._open.add(id(node))
        try:
            return self._mapping(node, line) if isinstance(node, yaml.MappingNode) else self._list(node, line)
        finally:
            self._open.discard(id(node))

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        tag = node.tag
        if tag in _KEPT_AS_TEXT:
            return node.value
        construct = self._loader.yaml_constructors.get(tag)
        # An unknown tag (`!Ref`, `!vault`) is somebody else's language: keep its text.
        return node.value if construct is None else construct(self._loader, node)

    def _line(self, node: yaml.ScalarNode) -> Lines:
        """Return the line of a scalar, or the lines of its text where they are not those of the file."""
        start, end = node.start_mark, node.end_mark
        line = int(start.line) + self._first
        if node.style == "|":
            return -line
        if start.line == end.line:
            return line
        rows: list[scalar_lines.Row]
        if node.style == ">":
            rows = scalar_lines.folded(self._rows[start.line + 1 : end.line], line + 1)
        else:
            first, *others = self._rows[start.line : end.line + 1]
            rows = scalar_lines.flowing([first[start.column + (node.style is not None) :], *others], line)
        return [line, *rows]

    @cached_property
    def _rows(self) -> list[str]:
        return self._text.splitlines()

    def _list(self, node: yaml.Node, line: int) -> tuple[list[Any], Lines]:
        values: list[Any] = []
        lines: list[Any] = [line]
        for item in node.value:
            value, where = self.value(item)
            values.append(value)
            lines.append(where)
        return values, lines

    def _mapping(self, node: yaml.MappingNode, line: int) -> tuple[dict[Any, Any], Lines]:
        if any(key.tag == _MERGE for key, _ in node.value):
            self._loader.flatten_mapping(node)
        values: dict[Any, Any] = {}
        lines: dict[str, Any] = {"": line}
        for key_node, value_node in node.value:
            key = key_node.value if key_node.tag == _STRING else self._key(key_node)
            if key in values:
                self.repeated.append((key_node.start_mark.line + self._first, str(key)))
            if value_node.__class__ is yaml.ScalarNode:  # most values; spares them two calls
                values[key] = value_node.value if value_node.tag == _STRING else self._scalar(value_node)
                at = value_node.start_mark.line
                lines[str(key)] = at + self._first if at == value_node.end_mark.line else self._line(value_node)
                continue
            value, where = self.value(value_node)
            values[key] = value
            lines[str(key)] = _at_key(where, key_node.start_mark.line + self._first)
        return values, lines

    def _key(self, node: yaml.Node) -> Any:
        key, _ = self.value(node)
        if isinstance(key, list | dict):
            raise _RefusedError("a list or mapping stands where a key is expected")
        return key


def _at_key(where: Lines, key_line: int) -> Lines:
    """Point a mapping or list at the line of its key, where a person would look for it."""
    if isinstance(where, dict):
        where[""] = key_line
    elif isinstance(where, list):
        where[0] = key_line
    return where
