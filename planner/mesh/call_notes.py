"""What each rule of `call` says, for reports: those of the transport, and those around it."""

from __future__ import annotations

from planner.mesh.transport_notes import NOTES

CALL_NOTES: dict[str, str] = NOTES | {
    "before-the-proxy": "an init container calls before the proxy runs, so the call goes past it",
    "http-listener-on-port": "another Service has an HTTP port of this number, and its listener takes every address",
    "http2-on-http1-port": "the port is declared HTTP/1, which breaks HTTP/2 and gRPC on their way through a proxy",
    "not-http-on-http-port": "the port is declared HTTP, and a proxy refuses bytes that are not",
    "policy-by-request": "an AuthorizationPolicy decides by what only the request shows",
    "policy-denies": "an AuthorizationPolicy does not let this caller in",
    "server-first-waits": "the server speaks first while a proxy waits for the client's bytes, so the connection hangs",
    "uid-of-the-proxy": "the caller runs as user 1337, whose traffic is never redirected to the proxy",
}
"""Key to one sentence."""
