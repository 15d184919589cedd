"""Lines of a configuration file as keys and values: YAML, JSON, TOML, INI, properties, fluentd, all by their lines.

No parser: templated files must be read too, and a line number is wanted for every value. Indentation, sections
and tags tell which keys stand beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.evidence.text.comments import stripped

_SECTION = re.compile(r"^\s*\[{1,2}\s*([\w.:\"'\- ]{1,100})\s*\]{1,2}\s*$")
_TAG = re.compile(r"^\s*<(/?)([A-Za-z][\w.\-]{0,60})(?:\s[^<>]{0,200})?>\s*$")
_ELEMENT = re.compile(r"^\s*<([A-Za-z][\w.\-]{0,60})>([^<>]{1,2000})</")
_KEY = re.compile(
    r"^(\s*(?:-\s{1,20}){0,4})(?:export\s{1,4}|-D|\.)?([\"']?)([A-Za-z_@$][\w.\-/@]{0,120})\2\s{0,40}(=>|:=|=|:(?=[\s\"'{\[]|$))\s{0,40}(.*)$"
)
_BLANK_KEY = re.compile(
    r"^\s*@?(host|hosts|type|name|driver|port|scheme|server|address|url|uri|endpoint|brokers|hostname)\s{1,60}([^\s{]\S*)$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(\s*)-\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value.

    Attributes:
        line: Line in the text, from 0.
        parents: Keys and sections that it stands under, outermost first.
        key: The key as written, without quotes.
        value: The value as written, without the quotes and commas around it.
        block: Number that is equal for keys that stand beside each other.
    """

    line: int
    parents: tuple[str, ...]
    key: str
    value: str
    block: int


class _Nesting:
    """Which keys a line stands under, by indentation and section."""

    def __init__(self) -> None:
        self.section: tuple[str, ...] = ()
        self.frames: list[tuple[int, str, int]] = []
        self.blocks = 1

    def enter(self, indent: int, key: str) -> None:
        self.blocks += 1
        self.frames.append((indent, key, self.blocks))

    def leave(self, indent: int) -> None:
        while self.frames and self.frames[-1][0] >= indent:
            self.frames.pop()

    def open_section(self, name: str) -> None:
        self.section = (name,) if name else ()
        self.frames.clear()
        self.blocks += 1
        self.frames.append((-1, "", self.blocks))

    @property
    def block(self) -> int:
        return self.frames[-1][2] if self.frames else 0

    @property
    def parents(self) -> tuple[str, ...]:
        return (*self.section, *(key for _, key, _ in self.frames if key))


def entries(text: str) -> Iterator[Entry | tuple[int, str]]:
    """Yield an entry for each line that holds a key, and (line, text) for each other line that holds something."""
    nesting = _Nesting()
    for number, raw in enumerate(text.splitlines()):
        line = stripped(raw)
        if not line.strip():
            continue
        if len(line) > 4000:
            yield number, line
            continue
        yield from _line(number, line.expandtabs(4), nesting)


def _line(number: int, line: str, nesting: _Nesting) -> Iterator[Entry | tuple[int, str]]:
    section, tag = _SECTION.match(line), _TAG.match(line)
    if section or tag:
        nesting.open_section(section[1] if section else ("" if tag is None or tag[1] else tag[2]))
        return
    element = _ELEMENT.match(line)
    if element:
        yield Entry(number, nesting.parents, element[1], element[2].strip(), nesting.block)
        return
    match = _KEY.match(line)
    if match:
        yield from _keyed(number, match, nesting)
        return
    words = _BLANK_KEY.match(line)
    if words:
        yield Entry(number, nesting.parents, words[1].lower(), _clean(words[2]), nesting.block)
        return
    yield from _item(number, line, nesting)


def _keyed(number: int, match: re.Match[str], nesting: _Nesting) -> Iterator[Entry]:
    lead, key, value = match[1], match[3], _clean(match[5])
    outer, indent = len(lead) - len(lead.lstrip()), len(lead)
    is_item = "-" in lead
    nesting.leave(outer if is_item else indent)
    if is_item:
        nesting.enter(outer, "")
    if value in ("", "{", "[", "|", ">", "|-", ">-", "|+", ">+", "{ "):
        nesting.enter(indent, key)
        return
    yield Entry(number, nesting.parents, key, value, nesting.block)


def _item(number: int, line: str, nesting: _Nesting) -> Iterator[Entry | tuple[int, str]]:
    match = _ITEM.match(line)
    if not match:
        bare = line.strip()
        if bare[:1] in "{}[]" and len(bare) < 3:
            if bare[0] == "{":
                nesting.leave(len(line) - len(line.lstrip()) + 1)
                nesting.enter(len(line) - len(line.lstrip()), "")
            return
        if bare[:1] in "\"'" and nesting.parents:
            yield Entry(number, nesting.parents[:-1], nesting.parents[-1], _clean(bare), -number)
            return
        yield number, line
        return
    nesting.leave(len(match[1]) + 1)
    parents = nesting.parents
    yield Entry(number, parents[:-1], parents[-1] if parents else "", _clean(match[2]), -number)


def _clean(value: str) -> str:
    value = value.strip().rstrip(",;").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value
