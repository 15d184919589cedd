"""What each rule of `call` says, for reports: those of the transport, and those around it."""

from __future__ import annotations

from planner.mesh.transport_notes import NOTES

CALL_NOTES: dict[str, str] = NOTES | {
    "before-the-proxy": "an init container calls before the proxy runs, so the call goes past it",
    "entries-clash": "an older ServiceEntry of the same host and namespace differs, so nothing is behind this one",
    "http2-on-http1-port": "the port is declared HTTP/1, which breaks HTTP/2 and gRPC on their way through a proxy",
    "no-destination": "a VirtualService leads to a host, port or subset that the caller's sidecar does not know",
    "no-route": "a VirtualService holds for the host, and none of its rules needs to match: the answer is 404",
    "not-http-on-http-port": "the port is declared HTTP, and a proxy refuses bytes that are not",
    "policy-by-request": "an AuthorizationPolicy decides by what only the request shows",
    "policy-denies": "an AuthorizationPolicy does not let this caller in",
    "server-first-waits": "the server speaks first while a proxy waits for the client's bytes, so the connection hangs",
    "uid-of-the-proxy": "the caller runs as user 1337, whose traffic is never redirected to the proxy",
}
"""Key to one sentence."""
