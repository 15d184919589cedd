"""What each rule of `transport` says, for reports."""

from __future__ import annotations

NOTES: dict[str, str] = {
    "auto-mtls": "both sides are in the mesh and nothing says otherwise, so the caller's proxy uses mTLS",
    "auto-mtls-off": "meshConfig.enableAutoMtls is false, so without a DestinationRule the call is plaintext",
    "depends-on-pod": "some pods of the Service accept the call and some reject it",
    "disable-seen": "PeerAuthentication DISABLE tells the caller's proxy to send plaintext",
    "double-tls": "the application already speaks TLS and the DestinationRule would wrap it a second time",
    "external": "the host is outside the mesh; bytes leave as the application sent them",
    "forced-mtls": "a DestinationRule forces mTLS (ISTIO_MUTUAL)",
    "forced-plaintext": "a DestinationRule turns mTLS off (DISABLE)",
    "foreign-tls-on-http-port": "the port is declared HTTP, where the server's sidecar has no use for foreign TLS",
    "foreign-tls-passed": "TLS that is not the mesh's is passed on, if the port is not declared HTTP and TLS is served",
    "hbone": "the call travels in an HBONE tunnel, whatever PeerAuthentication and DestinationRule say",
    "headless-all-or-nothing": "headless: one pod without a sidecar turns auto mTLS off for the whole Service",
    "mtls-to-application": "mTLS reaches an application that cannot speak it",
    "mtls-to-disabled": "the server's sidecar has mTLS off and takes the handshake for application bytes",
    "no-client-proxy": "the caller has no proxy; DestinationRules and VirtualServices play no part",
    "no-tunnel-label": "ztunnel speaks only HBONE, and this sidecar was injected before the mesh had ambient",
    "outside-the-mesh": "the server has no proxy, so the call is as it was without a mesh",
    "own-tls": "the application's own TLS, without a proxy on the caller's side",
    "passthrough": "the traffic matched no Service, so it goes to its address in plaintext, without any rule",
    "per-endpoint": "decided per pod: encrypted to pods in the mesh, plaintext to the others",
    "registry-only": "the traffic matched no Service and the policy is REGISTRY_ONLY: 502 or a closed connection",
    "strict-foreign-tls": "STRICT asks for a certificate of the mesh, which this TLS does not bring",
    "strict-plaintext": "STRICT has no place for plaintext; the connection is reset",
    "tls-in-tunnel": "TLS from a DestinationRule is carried inside the tunnel, so the application must serve TLS",
    "tls-needs-server": "the TLS reaches the application as it is, so the application must serve TLS",
    "tls-origination": "a DestinationRule makes the caller's proxy speak TLS that is not the mesh's",
    "waypoint-tls": "the waypoint originates TLS to the application by a DestinationRule",
    "ztunnel-strict": "STRICT: ztunnel denies connections that bring no identity of the mesh",
}
"""Key to one sentence."""
