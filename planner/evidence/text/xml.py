"""XML configuration by its lines: settings in attributes, in elements, and in pairs of a name and a value.

Sources: Hadoop (`<property><name>…<value>…`), Spring beans and Tomcat (`<property name= value=/>`, `<Resource url=/>`),
WildFly (`<connection-url>`), ClickHouse and Logback (`<host>` beside `<port>`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence.text.keyed import Entry

_TAG = re.compile(r"<(/?)([A-Za-z_][\w.:\-]{0,100})([^<>]{0,4000})>|<!--|-->")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w.:\-]{0,100})\s{0,9}=\s{0,9}(?:\"([^\"]{0,2000})\"|'([^']{0,2000})')")
_LOOKS = re.compile(r"\s{0,200}(?:<\?xml|<!DOCTYPE|<!--|<[A-Za-z][\w.:\-]{0,60}(?:\s|>))")
_DEEPEST, _LONGEST = 100, 20_000


def looks_like(text: str) -> bool:
    """Whether a text is XML."""
    return "</" in text and bool(_LOOKS.match(text))


def entries(text: str) -> Iterator[Entry]:
    """Yield the settings of a text with their lines; those of one element belong together."""
    reader = _Reader()
    for offset, line in enumerate(text.splitlines()):
        yield from reader.line(line[:_LONGEST], offset)


class _Reader:
    """Where in the document a line stands."""

    def __init__(self) -> None:
        self.open: list[tuple[str, int]] = [("", 0)]
        self.blocks = 0
        self.name = ""
        self.in_comment = False

    def line(self, line: str, offset: int) -> Iterator[Entry]:
        start = 0
        for match in _TAG.finditer(line):
            between, start = line[start : match.start()].strip(), match.end()
            if self.in_comment:
                self.in_comment = match[0] != "-->"
                continue
            if between:
                yield from self._text(between, offset)
            if match[0] == "<!--":
                self.in_comment = True
            elif match[2]:
                yield from self._tag(match, offset)
        rest = line[start:].strip()
        if rest and not self.in_comment and not rest.startswith("<"):
            yield from self._text(rest, offset)

    def _tag(self, match: re.Match[str], offset: int) -> Iterator[Entry]:
        if match[1]:
            if len(self.open) > 1:
                self.open.pop()
            return
        self.blocks += 1
        found = {name: first or second for name, first, second in _ATTRIBUTE.findall(match[3])}
        parents = tuple(name for name, _ in self.open if name)
        key, value = next((found[n] for n in ("name", "key") if n in found), ""), found.get("value", "")
        if key and value:
            yield Entry(offset, parents, key, value, self.open[-1][1])
        else:
            for name, text in found.items():
                if not name.startswith(("xmlns", "xsi:")):
                    yield Entry(offset, (*parents, match[2]), name, text, self.blocks)
        if not match[3].rstrip().endswith("/") and len(self.open) < _DEEPEST:
            self.open.append((match[2], self.blocks))

    def _text(self, text: str, offset: int) -> Iterator[Entry]:
        element = self.open[-1][0]
        block = self.open[-2][1] if len(self.open) > 1 else 0
        parents = tuple(name for name, _ in self.open[:-1] if name)
        if element == "name":
            self.name = text
        elif element == "value" and self.name:
            yield Entry(offset, parents, self.name, text, block)
        else:
            yield Entry(offset, parents, element, text, block)
