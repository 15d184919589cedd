"""What a reader hands over: a caller, an address as written, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from planner.evidence.ground import Ground
from planner.model.fields import Path, render_path
from planner.model.flow import Evidence
from planner.model.objects import KubeObject
from planner.model.refs import Ref


class Form(StrEnum):
    """How an address was written; the shorter, the less sure."""

    URL = "url"
    PAIR = "host:port"
    SPLIT = "host and port"
    """Host and port in two fields that belong together."""
    QUALIFIED = "qualified name"
    """A bare name with a namespace or more, under whatever key."""
    BARE = "bare name"
    """A bare name under a key that means a host."""
    WEAK = "word"
    """A word that happens to be a name."""


class Role(StrEnum):
    """What the key above a value says the value is for."""

    TARGET = "target"
    LISTEN = "listen"
    EXEMPT = "exempt"
    """A list of names to which something does not apply (`NO_PROXY`)."""
    CERTIFICATE = "certificate"
    PUBLIC = "public"
    """A name under which others reach this workload."""
    DISPLAY = "display"
    """A link or a text for people."""
    IMAGE = "image"

    @property
    def reason(self) -> str:
        """Why such a value is no flow; empty for a target."""
        return _REASONS.get(self, "")


_REASONS = {
    Role.LISTEN: "an address to listen on",
    Role.EXEMPT: "a list of exceptions",
    Role.CERTIFICATE: "a name in a certificate",
    Role.PUBLIC: "a name under which others reach it",
    Role.DISPLAY: "a link for people",
    Role.IMAGE: "an image reference",
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it stands in a text.

    Attributes:
        host: Host name or IP address, lower case.
        port: Port, or None where the text gives none or a number that is no port.
        scheme: URL scheme or dialect (`http`, `jdbc:mysql`), or an empty string.
        text: The piece of text it was read from, without credentials.
        offset: Line of the piece inside its text, from 0.
        form: How it was written.
        hint: Protocol that the words around it suggest, or an empty string.
        sure: Whether it is certainly meant as an address; only then an unknown name is reported as missing.
        role: What it is for.
        reason: Why it is no flow, where the syntax around it says so, or an empty string.
    """

    host: str
    port: int | None = None
    scheme: str = ""
    text: str = ""
    offset: int = 0
    form: Form = Form.URL
    hint: str = ""
    sure: bool = True
    role: Role = Role.TARGET
    reason: str = ""

    def __post_init__(self) -> None:
        """Take a number that is no port for none: so many syntaxes write one that each would have to look."""
        if self.port is not None and not 0 < self.port < 65536:
            object.__setattr__(self, "port", None)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One candidate for a flow.

    Attributes:
        source: Caller; None where the text belongs to no workload.
        target: Address to resolve, or a callee that the reader knows already.
        evidence: Where it stands; its confidence holds for a Service and is lowered for what is less sure.
        port: Port where `target` is a callee.
        protocol: What is spoken, where the reader knows; empty lets the address and the port say.
        suppressed: Why this is no flow after all, or an empty string.
        namespace: Namespace whose resolver applies; empty means the caller's.
        peer: Whether the words around say that it is a member of the caller's own cluster.
        via: Host outside that stands behind the callee, where the reader knows.
    """

    source: Ref | None
    target: Address | Ref
    evidence: Evidence
    port: int | None = None
    protocol: str = ""
    suppressed: str = ""
    namespace: str = ""
    peer: bool = False
    via: str = ""


_URL = re.compile(
    r"([A-Za-z][\w+.\-:]{0,80}://)(?:[^\s/?#@]{0,300}@)?([^\s/?#;\"']{0,2000})(/[^\s/?#;\"']{0,400})?\S{0,4000}"
)
_PATH = re.compile(r"([\w.\-]{1,253}(?::\d{1,5})?)(/[^\s/?#]{0,400})([/?#]\S{0,4000})?")
_QUERY = re.compile(r"\?\S{0,4000}")
_TOKEN_LIKE = re.compile(r"(?=[^/]{0,40}\d)(?=[^/]{0,40}[A-Za-z])[\w\-=+.~%]{12,}|[^/]*[:@=%][^/]*")
_LONGEST_SEGMENT = 20


def brief(text: str) -> str:
    """Cut an address to what says whom it calls: scheme, host, port and the first part of the path.

    Queries and deeper paths may carry keys (signed URLs, web hooks), and no reader needs them.
    """
    if "://" in text:
        return _URL.sub(lambda url: url[1] + url[2] + _first(url[3]), text)
    return _QUERY.sub("", _PATH.sub(lambda path: path[1] + _first(path[2]), text) if "/" in text else text)


def _first(segment: str | None) -> str:
    name = (segment or "").removeprefix("/")
    return f"/{name}" if name and len(name) <= _LONGEST_SEGMENT and not _TOKEN_LIKE.fullmatch(name) else ""


def cite(reader: str, obj: KubeObject, path: Path, ground: Ground, text: str = "", offset: int = 0) -> Evidence:
    """Build evidence that points at a field of an object.

    Args:
        reader: Name of the reader.
        obj: The object that was read.
        path: Where in the object.
        ground: Why it is believed, from `confidence`.
        text: The words that were read, without credentials.
        offset: Line inside the text of a block scalar, from 0.
    """
    return Evidence(
        reader=reader,
        file=obj.file,
        line=obj.line_of(path, offset, text),
        object=str(obj.ref),
        field=render_path(path),
        confidence=round(ground.sure, 3),
        text=" ".join((brief(text) if "://" in text else text).split())[:200],
        grounds=(ground.name,),
    )
