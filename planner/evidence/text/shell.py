"""Shell: command lines and scripts, with their variables, and what their client programs connect to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form
from planner.evidence.text import addresses
from planner.evidence.text.comments import stripped
from planner.evidence.words import word_set

_VARIABLE = re.compile(
    r"\$(?:\{([A-Za-z_]\w{0,100})(?::?[-=]([^{}]{0,300}))?\}|\(([A-Za-z_][\w.\-]{0,100})\)|([A-Za-z_]\w{0,100}))"
)
_ASSIGNMENT = re.compile(
    r"(?:^|[\s;&(])(?:export\s{1,4}|local\s{1,4})?([A-Za-z_]\w{0,100})=(\"[^\"]{0,400}\"|'[^']{0,400}'|[^\s;&|()<>'\"`]{1,400})"
)
_SAYS = re.compile(
    r"\b(?:echo|printf)\s{1,10}(?:-\w\s{1,10})?"
    r"(?:\"[^\"]{0,400}\"|'[^']{0,400}'|[\w .:/\-]{1,200})\s{0,10}(?=[;&)]|$)"
)
"""What is only said, not piped anywhere."""
_WORDS = re.compile(r"[^\s;|&()<>'\"`,]{1,400}")
_WEB = word_set("curl wget http https httpie hey ab wrk siege")
_COMMANDS = re.compile(r"[;|&()`]")
_BEFORE_COMMAND = word_set("if while until ! do then else sudo exec time not elif {")
_MIME = frozenset(["application", "text", "image", "audio", "video", "multipart"])
_SOCKET = frozenset(["nc", "netcat", "ncat", "telnet"])
_LOOKUP = frozenset(["nslookup", "dig", "getent", "ping"])
_TOOLS = {
    "cassandra": "cqlsh",
    "clickhouse": "clickhouse-client",
    "http": "rabbitmqadmin influx",
    "ldap": "ldapsearch",
    "mongo": "mongo mongosh mongodump mongorestore mongoimport",
    "mqtt": "mosquitto_pub mosquitto_sub",
    "mysql": "mysql mysqladmin mysqldump mariadb",
    "postgres": "psql pg_isready pg_dump pg_dumpall pg_basebackup pg_restore createdb",
    "redis": "redis-cli redis-benchmark",
    "ssh": "ssh scp sftp",
}
_CLIENTS = {tool: protocol for protocol, tools in _TOOLS.items() for tool in tools.split()}
_HOST_FLAGS = ("-h", "--host", "--hostname", "-H", "--server")
_PORT_FLAGS = ("-p", "--port", "-P")
_DEV_TCP = re.compile(r"/dev/(tcp|udp)/([\w.\-]{1,253})/(\d{1,5})")
_FOLLOWS = re.compile(
    r"(?<![\w])(?:--)?(?:replicaof|slaveof)[ \t\"']{1,9}([\w.\-]{1,253})[ \t\"']{1,9}(\d{2,4}|[1-5]\d{4})\b"
)
"""What a replica of Redis is told, as a flag or in a file that a script writes."""
_LINES = 20000


def looks_like(name: str, text: str) -> bool:
    """Whether a file is a shell script."""
    first = text[:80].lstrip().partition("\n")[0]
    return name.endswith((".sh", ".bash", ".ksh", ".ash")) or (first.startswith("#!") and first.rstrip().endswith("sh"))


def expand(text: str, known: Mapping[str, str]) -> str:
    """Put known variables into a text; `${X:-default}` gives its default, what is unknown stays."""

    def put(match: re.Match[str]) -> str:
        name = match[1] or match[3] or match[4]
        value = known.get(name, match[2])
        return match[0] if value is None or len(value) > 2000 else value

    return _VARIABLE.sub(put, text) if "$" in text else text


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the addresses of a script or a command line.

    Args:
        text: One line or many.
        known: Variables of its environment.
    """
    scope = dict(known)
    for offset, raw in enumerate(text.splitlines()[:_LINES]):
        line = _SAYS.sub(" ", expand(stripped(raw), scope))
        if not line.strip():
            continue
        for match in _ASSIGNMENT.finditer(line):
            scope[match[1]] = match[2].strip("\"'")
        yield from _line(line, offset)


def _line(line: str, offset: int) -> Iterator[Address]:
    for address in addresses.in_line(line, offset):
        # A pair with a path after it is what web clients are given; others write a scheme or two words.
        scheme = "http" if address.form is Form.PAIR and address.hint == "http" else address.scheme
        yield replace(address, scheme=scheme, sure=address.form is Form.URL)
    for match in _FOLLOWS.finditer(line):
        bare = addresses.bare(match[1])
        if bare:
            yield replace(bare, port=int(match[2]), text=match[0], offset=offset, form=Form.SPLIT, hint="redis")
    for match in _DEV_TCP.finditer(line):
        bare = addresses.bare(match[2])
        if bare and 0 < int(match[3]) < 65536:
            yield replace(bare, port=int(match[3]), text=match[0], offset=offset, form=Form.PAIR)
    for command in _COMMANDS.split(line)[:200]:
        yield from _command(_WORDS.findall(command)[:400], offset)


def _command(found: list[str], offset: int) -> Iterator[Address]:
    """Yield what the client program of one simple command connects to."""
    first = next((index for index, word in enumerate(found) if word not in _BEFORE_COMMAND), 0)
    for index, word in enumerate(found):
        tool = word.rpartition("/")[2].lower()
        after = found[index + 1 : index + 25]
        if tool in _WEB:
            yield from _web(after, offset)
        elif tool in _SOCKET:
            yield from _socket(after, offset)
        elif tool in _LOOKUP and index == first:
            yield from _lookup(after, offset)
        elif tool in _CLIENTS:
            yield from _client(after, offset, _CLIENTS[tool])


def _web(after: list[str], offset: int) -> Iterator[Address]:
    """Yield `curl host/path`: the only plain word with a slash or a dot that is no file."""
    for word in after[:12]:
        host, slash, path = word.partition("/")
        bare = (
            addresses.bare(host)
            if not word.startswith(("-", "/", ".", "@")) and ":" not in word and "=" not in word
            else None
        )
        if bare and slash and path[:1] != "/" and len(host) > 1 and host not in _MIME:
            yield replace(bare, port=None, scheme="http", text=word, offset=offset, form=Form.QUALIFIED, sure=False)
            return


def _socket(after: list[str], offset: int) -> Iterator[Address]:
    plain = [word for word in after[:8] if not word.startswith("-")]
    for host, port in itertools.pairwise(plain):
        bare = addresses.bare(host)
        if bare and port.isdecimal() and 0 < int(port) < 65536:
            yield replace(bare, port=int(port), text=f"{host} {port}", offset=offset, form=Form.PAIR)
            return


def _lookup(after: list[str], offset: int) -> Iterator[Address]:
    """Yield a name that is looked up, as init containers do before they let a pod start."""
    for word in after[:5]:
        bare = addresses.bare(word)
        if bare and not word.startswith("-") and word not in ("hosts", "ahosts"):
            yield replace(bare, text=word, offset=offset, form=Form.QUALIFIED, sure=False)
            return


def _client(after: list[str], offset: int, protocol: str) -> Iterator[Address]:
    host = _flag(after, _HOST_FLAGS)
    port = _flag(after, _PORT_FLAGS)
    bare = addresses.bare(host) if host else None
    if bare:
        number = int(port) if port.isdecimal() and 0 < int(port) < 65536 else None
        form = Form.SPLIT if number else Form.QUALIFIED
        yield replace(bare, port=number, text=f"{protocol} {host}", offset=offset, form=form, hint=protocol)


def _flag(after: list[str], names: tuple[str, ...]) -> str:
    for index, word in enumerate(after):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else (after[index + 1] if index + 1 < len(after) else "")
        if len(word) > 2 and word[:2] in names and word[1] != "-" and word[2:].strip("-"):
            return word[2:]
    return ""
