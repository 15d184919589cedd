"""A proxy in front of the API server that fails on demand: what a real server cannot be made to show when asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.cluster.control_plane import ControlPlane


@dataclass(frozen=True)
class Fault:
    """What to do instead of answering as the server does.

    Attributes:
        status: Answer with this status and nothing of the server; 0 passes the server's answer on.
        headers: Headers of that answer.
        body: Body of that answer.
        keep: Share of the body that is sent before the connection is cut.
        delay: Seconds to wait first.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    keep: float = 1.0
    delay: float = 0.0


Decide = Callable[[str, dict[str, list[str]], int], Fault | None]
"""Given path, query and how often this path and query was asked before."""


@dataclass
class FaultyProxy:
    """A running proxy.

    Attributes:
        url: Where it listens.
        asked: Every request as `path?query`, in order.
    """

    url: str
    asked: list[str]


@contextmanager
def faulty_proxy(plane: ControlPlane, decide: Decide) -> Iterator[FaultyProxy]:
    """Run a proxy that speaks plain HTTP on loopback and asks the server as administrator."""
    context = ssl.create_default_context(cafile=str(plane.authority.file))
    context.load_cert_chain(plane.admin.certificate, plane.admin.key)
    asked: list[str] = []
    lock, stop = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                before = asked.count(self.path)
                asked.append(self.path)
            split = urlsplit(self.path)
            fault = decide(split.path, parse_qs(split.query), before) or Fault()
            stop.wait(fault.delay)
            if fault.status:
                self._answer(fault.status, fault.headers, fault.body, 1.0)
                return
            upstream = HTTPSConnection(urlsplit(plane.url).netloc, context=context, timeout=30)
            try:
                upstream.request("GET", self.path, headers={"Accept": self.headers["Accept"]})
                answer = upstream.getresponse()
                headers = {"Content-Type": answer.headers["Content-Type"]}
                self._answer(answer.status, headers, answer.read(), fault.keep)
            finally:
                upstream.close()

        def _answer(self, status: int, headers: Mapping[str, str], body: bytes, keep: float) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body[: int(len(body) * keep)])
            except OSError:  # the client has given up, as some tests want
                keep = 0.0
            if keep < 1.0:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield FaultyProxy(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
