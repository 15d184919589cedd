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
_BLOCK = re.compile(r"^(\s*)([A-Za-z_][\w\-]{0,60})(?:\s{1,9}(?:\"[^\"]{0,100}\"|[\w.\-]{1,100})){0,3}\s{0,9}\{\s*$")
"""How HCL, NATS and their like open a block: `listener "tcp" {`."""
_CODE = re.compile(
    r"^(\s*)(?:\$?[A-Za-z_][\w.]{0,80}(?:\[[\"'][\w.\-]{0,80}[\"']\]){0,4}\[[\"']([\w.\-]{1,80})[\"']\]\s{0,9}=\s{0,9}(.*)"
    r"|define\(\s{0,9}[\"'](\w{1,80})[\"']\s{0,9},\s{0,9}(.*?)\)\s{0,9};?"
    r"|(?:export\s{1,9})?(?:const|let|var|static|final|public|private)\s{1,9}([A-Za-z_]\w{0,80})\s{0,9}=\s{0,9}(.*)"
    r"|\$([A-Za-z_]\w{0,80})\s{0,9}=\s{0,9}(.*))$"
)
"""How PHP, Python and JavaScript set something: `$cfg['host'] = …`, `define('HOST', …)`, `const host = …`."""
_QUOTED_WORD = re.compile(r"^\s*([A-Za-z_][\w.\-]{2,60})\s{1,20}([\"'])([^\"']{1,400})\2,?$")
"""A setting and its quoted value, as Ruby and many small languages write it: `external_url 'https://…'`."""
_ITEM = re.compile(r"^(\s*)-\s+(.*)$")


_LONGEST = 4000
_OPENS = frozenset(("", "{", "[", "|", ">", "|-", ">-", "|+", ">+", "(", "array("))
"""Values that go on in the next lines."""


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
        self._parents: tuple[str, ...] | None = ()

    def enter(self, indent: int, key: str) -> None:
        self.blocks += 1
        self.frames.append((indent, key, self.blocks))
        self._parents = None

    def leave(self, indent: int) -> None:
        while self.frames and self.frames[-1][0] >= indent:
            self.frames.pop()
            self._parents = None

    def open_section(self, name: str) -> None:
        self.section = (name,) if name else ()
        self.frames.clear()
        self.enter(-1, "")

    @property
    def block(self) -> int:
        return self.frames[-1][2] if self.frames else 0

    @property
    def parents(self) -> tuple[str, ...]:
        if self._parents is None:
            self._parents = (*self.section, *(key for _, key, _ in self.frames if key))
        return self._parents

    def entry(self, number: int, key: str, value: str) -> Entry:
        """Return an entry that stands here."""
        return Entry(number, self.parents, key, value, self.block)


Found = Entry | tuple[int, str] | None
"""What a line holds: a key with its value, other words with the line's number, or nothing of its own."""


def entries(text: str) -> Iterator[Entry | tuple[int, str]]:
    """Yield an entry for each line that holds a key, and (line, text) for each other line that holds something."""
    nesting = _Nesting()
    for number, raw in enumerate(text.splitlines()):
        line = stripped(raw)
        if not line or line.isspace():
            continue
        found = (number, line) if len(line) > _LONGEST else _line(number, line.expandtabs(4), nesting)
        if found is not None:
            yield found


def _line(number: int, line: str, nesting: _Nesting) -> Found:
    first = line.lstrip()[:1]
    if first in "[<" and (name := _section(line)) is not None:
        nesting.open_section(name)
        return None
    if match := _KEY.match(line):
        return _keyed(number, match, nesting)
    if first == "<" and (element := _ELEMENT.match(line)):
        return nesting.entry(number, element[1], element[2].strip())
    if code := _CODE.match(line):
        return _set(number, code, nesting)
    if block := _BLOCK.match(line):
        nesting.leave(len(block[1]))
        nesting.enter(len(block[1]), block[2])
        return None
    if quoted := _QUOTED_WORD.match(line):
        return nesting.entry(number, quoted[1], quoted[3])
    if words := _BLANK_KEY.match(line):
        return nesting.entry(number, words[1].lower(), _clean(words[2]))
    return _item(number, line, nesting)


_AROUND = frozenset(" \t\"',;\r\f\v")
"""What may stand around a value and is none of it."""


def _section(line: str) -> str | None:
    """Return the section that a line opens, an empty string where it closes one, or None."""
    if section := _SECTION.match(line):
        return section[1]
    tag = _TAG.match(line)
    return None if tag is None else "" if tag[1] else tag[2]


def _keyed(number: int, match: re.Match[str], nesting: _Nesting) -> Found:
    lead, key, value = match[1], match[3], _clean(match[5])
    indent = len(lead)
    if "-" in lead:
        outer = indent - len(lead.lstrip())
        nesting.leave(outer)
        nesting.enter(outer, "")
    else:
        nesting.leave(indent)
    if value in _OPENS:
        nesting.enter(indent, key)
        return None
    return nesting.entry(number, key, value)


def _set(number: int, match: re.Match[str], nesting: _Nesting) -> Found:
    indent = len(match[1] or "")
    key = match[2] or match[4] or match[6] or match[8]
    value = _clean(match[3] or match[5] or match[7] or match[9] or "")
    nesting.leave(indent)
    if value in _OPENS:
        nesting.enter(indent, key)
        return None
    return nesting.entry(number, key, value)


def _item(number: int, line: str, nesting: _Nesting) -> Found:
    if match := _ITEM.match(line):
        nesting.leave(len(match[1]) + 1)
        parents = nesting.parents
        return Entry(number, parents[:-1], parents[-1] if parents else "", _clean(match[2]), -number)
    bare = line.strip()
    if bare[:1] in "{}[]" and len(bare) < 3:
        if bare[0] == "{":
            indent = len(line) - len(line.lstrip())
            nesting.leave(indent + 1)
            nesting.enter(indent, "")
        else:
            nesting.leave(len(line) - len(line.lstrip()))
        return None
    if bare[:1] in "\"'" and nesting.parents:
        return Entry(number, nesting.parents[:-1], nesting.parents[-1], _clean(bare), -number)
    return number, line


def _clean(value: str) -> str:
    if value[:1] not in _AROUND and value[-1:] not in _AROUND:
        return value
    value = value.strip().rstrip(",;").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value
