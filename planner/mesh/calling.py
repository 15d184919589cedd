"""One call as a caller makes it, before any proxy has seen it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.peers import Peer
from planner.mesh.spoken import Carrier
from planner.model.services import Service


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """Who calls what, and how.

    Attributes:
        caller: The calling pods; None for somebody who never has a proxy (outside, kubelet, API server).
        port: Port that is called; None where it is not known.
        service: The Service by whose name or address it is called.
        pods: The kinds of pod that it can land on.
        external: Host or address outside the cluster, or an empty string.
        address: Where the external host leads in DNS; empty where not known.
        direct: A pod's own address is called, not that of a Service.
        host: Host header or server name that is sent where it is not the callee's own name.
        speaks: What goes over the wire; None where not known.
        server_first: The server sends the first bytes.
        unseen: Why the caller's own proxy does not see the call, as a key of `call_notes.CALL_NOTES`.
    """

    caller: Peer | None
    port: int | None
    service: Service | None = None
    pods: tuple[Peer, ...] = ()
    external: str = ""
    direct: bool = False
    host: str = ""
    speaks: Carrier | None = None
    server_first: bool = False
    unseen: str = ""
    address: str = ""
