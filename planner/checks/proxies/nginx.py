"""nginx configuration as a tree: which Host goes with which `proxy_pass`.

Source: ngx_http_proxy_module (`proxy_set_header` is inherited only by a level that sets none of its own;
the default is `Host $proxy_host`; the default of `proxy_http_version` is 1.0), ngx_http_grpc_module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from planner.checks.proxies.passing import Passing, Target, sent, target

_TOKEN = re.compile(
    r"#[^\n]*|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{};]|(?:\$\{\w{1,100}\}|[^\s{};\"'#])(?:\$\{\w{1,100}\}|[^\s{};\"'])*"
)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_KINDS = ("proxy", "grpc")


@dataclass(slots=True)
class Block:
    """One level: its own words, its directives, and the levels inside."""

    words: tuple[str, ...]
    offset: int
    directives: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def looks_like(text: str) -> bool:
    """Whether a text is nginx configuration that passes requests on."""
    return ("proxy_pass" in text or "grpc_pass" in text) and ";" in text


def parse(text: str) -> Block:
    """Build the tree; what is not closed ends with the text, what closes nothing is passed over."""
    root = Block((), 0)
    stack, words, begun = [root], list[str](), 0
    line, at = 0, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        piece = match[0]
        if piece.startswith("#"):
            continue
        if piece in (";", "{"):
            if piece == ";":
                stack[-1].directives.append((tuple(words), begun))
            else:
                stack[-1].blocks.append(Block(tuple(words), begun))
                stack.append(stack[-1].blocks[-1])
            words = []
        elif piece == "}":
            stack = stack[:-1] or [root]
            words = []
        else:
            begun = begun if words else line
            words.append(piece.strip("\"'"))
    return root


@dataclass(frozen=True, slots=True)
class _Level:
    """What a level inherits."""

    headers: Mapping[str, tuple[str, int]]
    version: bool


def passings(text: str) -> Iterator[tuple[Passing, bool]]:
    """Yield every place that passes requests on, and whether it uses HTTP/1.1 or newer."""
    root = parse(text)
    groups = {b.words[1]: _servers(b) for b in _all(root) if b.words[:1] == ("upstream",) and len(b.words) > 1}
    variables = {
        w[1].strip("${}"): w[2] for b in _all(root) for w, _ in b.directives if w[:1] == ("set",) and len(w) == 3
    }
    lines = text.splitlines()
    yield from _walk(root, _Level({}, False), groups, variables, lines)


def _all(block: Block) -> Iterator[Block]:
    yield block
    for inner in block.blocks:
        yield from _all(inner)


def _servers(block: Block) -> tuple[Target, ...]:
    found = (
        target(words[1], offset) for words, offset in block.directives if words[:1] == ("server",) and len(words) > 1
    )
    return tuple(one for one in found if one)


def _walk(
    block: Block,
    above: _Level,
    groups: Mapping[str, tuple[Target, ...]],
    variables: Mapping[str, str],
    lines: list[str],
) -> Iterator[tuple[Passing, bool]]:
    own = {
        f"{words[0][:5].rstrip('_')}:{words[1].lower()}": (words[2], offset)
        for words, offset in block.directives
        if len(words) > 2 and words[0] in ("proxy_set_header", "grpc_set_header")
    }
    version = above.version or any(w[0] == "proxy_http_version" and w[-1] != "1.0" for w, _ in block.directives if w)
    level = _Level(own or above.headers, version)
    for words, offset in block.directives:
        kind = words[0].removesuffix("_pass") if len(words) == 2 and words[0].endswith("_pass") else ""
        if kind in _KINDS:
            passing = _passing(kind, words[1], offset, level, groups, variables, lines)
            if passing:
                yield passing, version or kind == "grpc"
    for inner in block.blocks:
        yield from _walk(inner, level, groups, variables, lines)


def _passing(
    kind: str, value: str, offset: int, level: _Level,
    groups: Mapping[str, tuple[Target, ...]], variables: Mapping[str, str], lines: list[str],
) -> Passing | None:  # fmt: skip
    plain = _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), value)
    name = plain.split("://")[-1].partition("/")[0]
    here = target(plain, offset)
    if here is None or plain.startswith(("https", "grpcs")):
        return None
    group = groups.get(name) or groups.get(name.lower())
    header = level.headers.get(f"{kind}:host")
    host = sent(header[0], name) if header else name
    decided = header[1] if header else offset
    text = lines[decided].strip() if decided < len(lines) else ""
    return Passing("nginx", group or (here,), host, decided, text, header is not None)
