"""Protocols in which the server speaks first, and where a waiting proxy makes such a connection hang.

Detection waits for the client's first bytes. A client that waits for the server's greeting never sends
any, and since Istio 1.8 there is no time limit.

Source: istio.io ops/deployment/application-requirements (Server First Protocols); istio/istio
pilot/pkg/networking/core (filterchain_options.go, listener_inbound.go populateListenerFilters).
Unverified: that a plaintext caller hangs at a TCP-declared PERMISSIVE port was read in code and documentation, not
tried.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.spoken import Carrier, carrier
from planner.mesh.well_known import from_image, from_port

_GREETINGS = {
    "ftp": "the server sends a 220 greeting before any command",
    "imap": "the server sends an OK greeting before any command",
    "mysql": "the server sends its handshake packet before the client logs in",
    "nats": "the server sends INFO before the client connects, also when TLS follows",
    "pop3": "the server sends an OK greeting before any command",
    "smtp": "the server sends a 220 greeting before any command, also when STARTTLS follows",
    "ssh": "the client may wait for the server's version line",
    "telnet": "the server may send its options or a banner first",
    "vnc": "the server sends its protocol version first",
}

_SAFE = """amqp bolt cassandra db2 git kafka ldap memcached mongo mqtt openwire oracle postgres pulsar rdp redis rtsp
sqlserver stomp xmpp zookeeper"""

CLIENT_FIRST = frozenset(_SAFE.split())
"""Protocols on plain TCP that are known to be safe: the client sends the first bytes."""


@dataclass(frozen=True, slots=True)
class ServerFirst:
    """Why a server is expected to speak first.

    Attributes:
        spoken: The protocol.
        reason: One sentence for a person.
        witness: What gave the protocol away: `protocol`, `image` or `port`.
    """

    spoken: str
    reason: str
    witness: str


def speaks_first(spoken: str | None, port: int | None = None, image: str | None = None) -> ServerFirst | None:
    """Tell whether the server speaks first; None means that it does not, or that nothing says so.

    What is known to be spoken decides. Only where that is missing or just a carrier (`tcp`) is the image asked,
    and then the port. Use `first_speaker` to tell "safe" from "unknown".
    """
    word, witness = _best_word(spoken, port, image)
    if word not in _GREETINGS:
        return None
    return ServerFirst(word, f"{word}: {_GREETINGS[word]}", witness)


def first_speaker(spoken: str | None, port: int | None = None, image: str | None = None) -> str:
    """Tell who sends the first bytes: `server`, `client` or `unknown`."""
    word, _ = _best_word(spoken, port, image)
    if word in _GREETINGS:
        return "server"
    if word in CLIENT_FIRST:
        return "client"
    return "unknown" if carrier(word) in (None, Carrier.TCP, Carrier.UDP) else "client"


def hangs(
    port_class: str, *, caller_has_sidecar: bool, callee_has_sidecar: bool, encrypted: bool, mode: str
) -> str | None:
    """Tell why a server-first connection would hang, or None where no proxy waits for the client.

    Args:
        port_class: `Protocol.data_path_class` of the Service port.
        caller_has_sidecar: The caller's traffic goes through a sidecar that knows the Service.
        callee_has_sidecar: The server has a sidecar.
        encrypted: The caller's proxy opens mTLS or HBONE, so its own handshake comes first.
        mode: Effective PeerAuthentication mode at the server's port.

    STRICT rejects a plaintext caller rather than letting it hang; `transport.outcome` tells about that.
    """
    if caller_has_sidecar and port_class in _WAITS_AT_CALLER:
        return _WAITS_AT_CALLER[port_class]
    if not callee_has_sidecar or encrypted:
        return None
    if mode == "PERMISSIVE":
        return "the server's sidecar waits for the caller's first bytes to see whether they are TLS (PERMISSIVE)"
    if mode == "DISABLE" and port_class in ("auto", "http"):
        return "the server's sidecar waits for the caller's first bytes to see whether they are HTTP"
    return None


_WAITS_AT_CALLER = {
    "auto": "the caller's sidecar waits for the application's first bytes to detect the protocol",
    "http": "the port is declared HTTP, so the caller's sidecar waits for a request",
    "tls": "the port is declared TLS, so the caller's sidecar waits for a ClientHello",
}


def _best_word(spoken: str | None, port: int | None, image: str | None) -> tuple[str, str]:
    word = (spoken or "").lower()
    if word and word != "tcp" and carrier(word) is not None:
        return word, "protocol"
    by_image = from_image(image) if image else None
    if by_image:
        return by_image, "image"
    by_port = from_port(port) if port is not None else None
    return (by_port, "port") if by_port else (word, "protocol")
