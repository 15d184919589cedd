"""What a request to the API server can end in, as one line for a person.

Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go (`Status`, the reasons and codes).
"""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from typing import Any

import urllib3.exceptions as http

from planner.errors import ClusterError
from planner.model.fields import int_at, text_at

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, GONE, INVALID, TOO_MANY = 401, 403, 404, 409, 410, 422, 429
_BUSY = frozenset({TOO_MANY, 500, 502, 503, 504})


@dataclass
class RequestError(ClusterError):
    """One request had no usable answer.

    Attributes:
        status: HTTP status; 0 where there was no whole answer.
        reason: `reason` of the server's Status (`Forbidden`, `Expired`), or an empty string.
        wait: Seconds that the server asks to wait before the next try; 0 where it does not say.
    """

    status: int = 0
    reason: str = ""
    wait: float = 0.0

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.status in _BUSY or (self.status == 0 and self.slug == "connection-cut")


def refused(status: int, body: bytes, wait: str, what: str) -> RequestError:
    """Turn an answer that is no success into an error.

    Args:
        status: HTTP status.
        body: Body of the answer; a Status object, or whatever a proxy in between wrote.
        wait: Value of `Retry-After`, or an empty string.
        what: The request (`GET /api/v1/pods`).
    """
    said = _status_object(body)
    message = one_line(text_at(said, "message")) or f"HTTP {status}"
    seconds = (
        float(wait) if wait.isascii() and wait.isdigit() else float(int_at(said, "details", "retryAfterSeconds") or 0)
    )
    found = RequestError(f"{what}: {message}", "", "cluster", status, text_at(said, "reason"), seconds)
    if status == UNAUTHORIZED:
        found.message = "the cluster does not accept these credentials (401); the token may have expired"
        found.hint, found.slug = "log in again, then check with: kubectl auth whoami", "credentials"
    elif status == FORBIDDEN:
        found.hint, found.slug = "meshplan needs the rights of docs/rbac.yaml", "forbidden"
    return found


def broken(fault: Exception, server: str, what: str) -> RequestError:
    """Turn a failure of the transport into an error that names its cause.

    Args:
        fault: What was raised.
        server: Address of the API server.
        what: The request.
    """
    causes = list(_causes(fault))
    tls = next((c for c in causes if isinstance(c, ssl.SSLError)), None)
    if tls is not None or any(isinstance(c, http.SSLError) for c in causes):
        why = getattr(tls, "verify_message", "") or one_line(str(tls or fault))
        hint = "check certificate-authority and tls-server-name of this cluster in the kubeconfig"
        return RequestError(f"TLS with {server} failed: {why}", hint, "certificate")
    if any(isinstance(c, http.ConnectTimeoutError | http.NewConnectionError | http.ProxyError) for c in causes):
        last = next((c for c in reversed(causes) if isinstance(c, OSError) and c.strerror), None)
        why = last.strerror if last else "no answer in time"
        hint = "check the VPN and the server of this context: kubectl config view --minify"
        return RequestError(f"{server} cannot be reached: {why}", hint, "unreachable")
    if any(isinstance(c, http.TimeoutError | TimeoutError) for c in causes):
        return RequestError(f"{what}: no answer in time", "give it longer with --timeout", "connection-cut")
    return RequestError(f"{what}: the connection was cut: {one_line(str(causes[-1]))}", "", "connection-cut")


def one_line(text: str) -> str:
    """Fold a text into one line of at most 300 characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= 300 else folded[:297] + "..."


def _status_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _causes(fault: BaseException) -> list[BaseException]:
    """List a fault and everything that led to it, the first cause last."""
    found: list[BaseException] = []
    here: BaseException | None = fault
    while here is not None and here not in found:
        found.append(here)
        reason = getattr(here, "reason", None)
        inner = reason if isinstance(reason, BaseException) else None
        here = inner or here.__cause__ or here.__context__
    return found
