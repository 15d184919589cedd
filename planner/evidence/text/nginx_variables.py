"""Variables that an nginx configuration sets itself: by `set`, and by `map` and `split_clients`.

Source: ngx_http_rewrite_module (`set`), ngx_http_map_module, ngx_http_split_clients_module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_SET = re.compile(r"(?:^|[{;])\s{0,200}set\s{1,40}\$(\w{1,100})\s{1,40}[\"']?([^;\"']{1,300}?)[\"']?\s{0,40};")
_MAP = re.compile(r"^\s{0,200}(?:map|split_clients)\s{1,40}\S{1,200}\s{1,40}\$(\w{1,100})\s{0,40}\{")
_ENTRY = re.compile(r"^\s{0,200}(\S{1,300})\s{1,40}[\"']?([^;\"']{1,300}?)[\"']?\s{0,40};")
_NAME = re.compile(r"\$(?:\{(\w{1,100})\}|(\w{1,100}))")
_MOST_VALUES, _MOST_LINES, _LONGEST = 50, 200, 2000


def read(lines: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return what each variable may hold.

    Args:
        lines: The configuration without its comments.
    """
    found: dict[str, dict[str, None]] = {}
    inside = ""
    for line in lines:
        if opened := _MAP.match(line):
            inside = opened[1]
            continue
        if inside and (entry := _ENTRY.match(line)) and entry[1] not in ("hostnames", "include", "volatile"):
            _add(found, inside, entry[2])
        if inside and "}" in line:
            inside = ""
        for match in _SET.finditer(line):
            _add(found, match[1], match[2])
    return {name: tuple(values) for name, values in found.items()}


def _add(found: dict[str, dict[str, None]], name: str, value: str) -> None:
    values = found.setdefault(name, {})
    if len(values) < _MOST_VALUES:
        values.setdefault(value.strip())


def names(text: str) -> Iterator[str]:
    """Yield the names of the variables in a text."""
    for match in _NAME.finditer(text):
        yield match[1] or match[2]


def reached(text: str, variables: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the variables that a text names, and those that these are made of."""
    found: set[str] = set()
    waiting = list(names(text))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += names(" ".join(variables.get(name, ())))
    return frozenset(found)


def fill(line: str, variables: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return a line once for each combination of what its variables may hold; what is not set stays."""
    filled = [line]
    for _ in range(4):  # a variable may be set to another
        grown: list[str] = []
        for text in filled:
            known = next((name for name in names(text) if name in variables), "")
            grown += [_put(text, known, value) for value in variables[known]] if known else [text]
        done, filled = grown == filled, grown[:_MOST_LINES]
        if done or any(len(text) > _LONGEST for text in filled):
            break
    return tuple(dict.fromkeys(text for text in filled if len(text) <= _LONGEST))


def _put(text: str, name: str, value: str) -> str:
    return re.sub(rf"\$(?:\{{{name}\}}|{name}(?!\w))", lambda _: value, text)
