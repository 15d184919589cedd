"""What an ingress controller speaks to a backend, from annotations of the Ingress and of the Service; else HTTP.

Sources: kubernetes.github.io/ingress-nginx (`backend-protocol`, `ssl-passthrough`); docs.nginx.com (`grpc-services`,
`ssl-services`); haproxy.org annotations (`server-ssl`, `server-proto`); AWS load balancer controller
(`backend-protocol-version`); Traefik (`service.serversscheme`); docs.konghq.com (`konghq.com/protocol`);
projectcontour.io (`upstream-protocol`); cloud.google.com (`app-protocols`).
"""

from __future__ import annotations

import json
from typing import Any

from planner.model.fields import text_at
from planner.model.objects import KubeObject
from planner.model.services import Service

_WORDS = {
    "https": "https", "grpc": "grpc", "grpcs": "tls", "http": "http", "fcgi": "fastcgi", "h2c": "http2", "h2": "http2",
    "http2": "http2", "tls": "https", "tcp": "tcp", "ws": "http", "wss": "https", "http1": "http",
}  # fmt: skip
_OF_INGRESS = (
    "/backend-protocol-version",
    "/backend-protocol",
    "/service.serversscheme",
    "/secure-backends",
    "/server-ssl",
    "/server-proto",
    "ingress.kubernetes.io/protocol",
)
_LISTS = {"/grpc-services": "grpc", "/ssl-services": "https"}
_OF_SERVICE = ("konghq.com/protocol", "/service.serversscheme")
_CONTOUR, _BY_PORT = "projectcontour.io/upstream-protocol.", "/app-protocols"


def spoken(ingress: KubeObject, service: Service | None, name: str, port: int | None) -> str:
    """Return what is spoken to a backend.

    Args:
        ingress: The Ingress.
        service: The backend's Service, where it was read.
        name: Its name.
        port: Port that is called.
    """
    return _by_service(service, port) or _by_ingress(ingress, name) or "http"


def _by_ingress(ingress: KubeObject, name: str) -> str:
    for key, value in ingress.annotations.items():
        for end, protocol in _LISTS.items():
            if key.endswith(end) and name in value.replace(" ", "").split(","):
                return protocol
        if key.endswith("/ssl-passthrough") and value == "true":
            return "tls"
    for end in _OF_INGRESS:
        found = next((value.lower() for key, value in ingress.annotations.items() if key.endswith(end)), "")
        if found:
            return _WORDS.get(found, "https" if found == "true" else "")
    return ""


def _by_service(service: Service | None, port: int | None) -> str:
    for key, value in service.object.annotations.items() if service else ():
        if key.endswith(_OF_SERVICE):
            return _WORDS.get(value.lower(), "")
        known = service.port(port) if service and port else None
        names = {str(port), known.name if known else ""}
        if key.startswith(_CONTOUR) and names & set(value.replace(" ", "").split(",")):
            return _WORDS.get(key.removeprefix(_CONTOUR), "")
        if key.endswith(_BY_PORT):
            said = _WORDS.get(next((v for v in (text_at(_json(value), n) for n in sorted(names)) if v), "").lower(), "")
            if said:
                return said
    return ""


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}
