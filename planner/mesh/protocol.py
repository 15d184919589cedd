"""What Istio takes a port for: the protocol parser, and the tokens that tell Istio the truth.

Left out is the token `thrift`, which only 1.6 to 1.13 knew; it comes out as undeclared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.mesh.spoken import Carrier, carrier
from planner.mesh.versions import Version


class Protocol(StrEnum):
    """Istio's protocols of a port; `AUTO` is a port that is left to detection."""

    HTTP = "HTTP"
    HTTP2 = "HTTP2"
    GRPC = "GRPC"
    GRPC_WEB = "GRPC-Web"
    HTTP_PROXY = "HTTP_PROXY"
    HTTPS = "HTTPS"
    TLS = "TLS"
    TCP = "TCP"
    MONGO = "Mongo"
    MYSQL = "MySQL"
    REDIS = "Redis"
    UDP = "UDP"
    AUTO = "auto"

    @property
    def data_path_class(self) -> str:
        """How proxies handle the port: `http`, `tls`, `tcp`, `auto`, or `udp` (never captured)."""
        return _CLASSES.get(self, "tcp")


_CLASSES = {
    Protocol.HTTP: "http",
    Protocol.HTTP2: "http",
    Protocol.GRPC: "http",
    Protocol.GRPC_WEB: "http",
    Protocol.HTTP_PROXY: "http",
    Protocol.HTTPS: "tls",
    Protocol.TLS: "tls",
    Protocol.UDP: "udp",
    Protocol.AUTO: "auto",
}

_TOKENS = {member.value.lower(): member for member in Protocol if member is not Protocol.AUTO}

_KUBERNETES_TOKENS = {
    "kubernetes.io/h2c": (Protocol.HTTP2, 19),
    "kubernetes.io/ws": (Protocol.HTTP, 24),
    "kubernetes.io/wss": (Protocol.HTTPS, 24),
}
"""Exact, case-sensitive values of appProtocol, with the Istio minor that learned them."""

WELL_KNOWN_TCP_PORTS = frozenset({25, 53, 3306, 27017})
"""Undeclared ports that Istio 1.3 and newer take for TCP, because the server may speak first there."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What Istio takes a port for.

    Attributes:
        protocol: The result of Istio's parser.
        reason: One sentence for a person.
        source: Which field decided: `protocol`, `appProtocol`, `name`, `port`, or `none` (left to detection).
    """

    protocol: Protocol
    reason: str
    source: str


def declared(port: int, name: str | None, l4: str | None, app_protocol: str | None, istio: Version) -> Declared:
    """Tell what Istio takes a Service port for.

    Args:
        port: `port` of the Service, not `targetPort`.
        name: `name` of the port, if any.
        l4: `protocol` of the port; absent means TCP.
        app_protocol: `appProtocol`; an empty string is not the same as an absent field.
        istio: The version that will read the port.

    Source: istio/istio pkg/config/kube/conversion.go, pkg/config/protocol/instance.go.
    """
    if (l4 or "TCP").upper() == "UDP":
        return Declared(Protocol.UDP, "UDP is never captured, whatever the port is called", "protocol")
    if app_protocol is None or not istio.at_least(1, 6):
        token, source = name or "", "name"
    else:
        token, source = app_protocol, "appProtocol"
        exact, since = _KUBERNETES_TOKENS.get(token, (None, 0))
        if exact and istio.at_least(1, since):
            return Declared(exact, f"appProtocol {token}", source)
    if token[:8].lower() == "grpc-web":
        return Declared(Protocol.GRPC_WEB, f"{source} {token!r} begins with grpc-web", source)
    known = _lookup(token, istio)
    if known:
        return Declared(known, f"{source} {token!r}", source)
    return _undeclared(port, token, source, istio)


def _lookup(token: str, istio: Version) -> Protocol | None:
    """Look up the part before the first hyphen."""
    found = _TOKENS.get(token.partition("-")[0].lower())
    if found is Protocol.HTTP_PROXY and not istio.at_least(1, 5):
        return None
    if found is Protocol.UDP and not istio.at_least(1, 3):
        return Protocol.TCP  # Old releases let the L4 protocol win here too.
    return found


def _undeclared(port: int, token: str, source: str, istio: Version) -> Declared:
    cause = f"{source} {token!r} names no protocol" if token else "the port has no name and no appProtocol"
    if not istio.at_least(1, 3):
        return Declared(Protocol.TCP, f"{cause}, which Istio {istio.line} takes for TCP", "none")
    if port in WELL_KNOWN_TCP_PORTS:
        return Declared(Protocol.TCP, f"{cause}, but port {port} is always taken for TCP", "port")
    return Declared(Protocol.AUTO, f"{cause}, so the protocol is detected from the first bytes", "none")


def exact_token(text: str) -> Protocol | None:
    """Read the `protocol` of a ServiceEntry, Sidecar or Gateway port: an exact token in any case, no suffix.

    An empty text means detection (`AUTO`); a Gateway refuses it. None is a token that Istio refuses.

    Source: istio/istio pkg/config/validation/validation.go ValidateProtocol.
    """
    return _TOKENS.get(text.lower()) if text else Protocol.AUTO


_SERVICE_ENTRY_TOKENS = {
    Carrier.HTTP: "HTTP",
    Carrier.HTTP2: "HTTP2",
    Carrier.GRPC: "GRPC",
    Carrier.GRPC_WEB: "GRPC-WEB",
    Carrier.TLS: "TLS",
    Carrier.UDP: "UDP",
}


def service_entry_protocol(spoken: str) -> str:
    """Give the token for the port of a ServiceEntry; what is not known is TCP, whose bytes are never looked at.

    TLS rather than HTTPS, since both are matched by SNI and only one says what the proxy does with it.
    Databases are TCP although tokens for some exist: MONGO runs a filter on every byte by default, MYSQL and
    REDIS do nothing more than TCP while their filters are off, and a port declared MONGO or MYSQL cannot share
    a wildcard listener with any other protocol (the later entry is dropped).

    Source: istio/istio pilot/pkg/networking/core/listener.go, pilot/pkg/features (PILOT_ENABLE_MONGO_FILTER
    and its like).
    """
    return _SERVICE_ENTRY_TOKENS.get(carrier(spoken) or Carrier.TCP, "TCP")


_APP_PROTOCOLS = {
    Carrier.HTTP: "http",
    # Not kubernetes.io/h2c: only 1.19 and newer know it, while http2 is read alike by all since 1.6.
    Carrier.HTTP2: "http2",
    Carrier.GRPC: "grpc",
    Carrier.GRPC_WEB: "grpc-web",
    Carrier.TLS: "tls",
    Carrier.TCP: "tcp",
}


def app_protocol_for(spoken: str) -> str | None:
    """Give the `appProtocol` that tells Istio what is spoken on a Service port.

    Databases are `tcp`, for the reasons given at `service_entry_protocol`. None where the word is not known
    (never guess) or the protocol lives on UDP (the field has no effect there).
    """
    if spoken.lower() in ("https", "wss"):
        return "https"
    known = carrier(spoken)
    return None if known is None else _APP_PROTOCOLS.get(known)
