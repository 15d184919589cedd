"""The question that `verify.sh` asks in an application's container, with the tools that containers have."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders import flow
from tests.render.conftest import Cluster
from tests.unit.bundle.worlds import World, deployment, namespace, plan_of

ANSWER = b"HTTP/1.1 %s x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Serve on a free port of loopback; each connection is handed to a function."""
    listening: list[socket.socket] = []

    def start(handle: Callable[[socket.socket], None]) -> int:
        sock = socket.create_server(("127.0.0.1", 0))
        listening.append(sock)

        def loop() -> None:
            while True:
                try:
                    peer, _ = sock.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(peer,), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        return int(sock.getsockname()[1])

    yield start
    for sock in listening:
        sock.close()


def _answers(code: bytes) -> Callable[[socket.socket], None]:
    def handle(peer: socket.socket) -> None:
        with peer:
            peer.recv(4096)
            peer.sendall(ANSWER % code)

    return handle


def _holds(peer: socket.socket) -> None:
    with peer:
        peer.settimeout(10)
        try:
            peer.recv(1)
        except OSError:
            return


def _closes(peer: socket.socket) -> None:
    peer.close()


def _asked(cluster_of, port: int, protocol: str, tools: tuple[str, ...]) -> tuple[int, str]:
    call = flow("shop/web", "external:127.0.0.1", port, protocol=protocol)
    made: Cluster = cluster_of(World((namespace("shop"), deployment("web")), plan_of(("shop",)), (call,)))
    for tool in tools:
        where = sys.executable if tool == "python3" else shutil.which(tool)
        if not where:
            pytest.skip(f"{tool} is not installed")
        (made.home / "tools" / tool).symlink_to(Path(where).resolve())
    assert made.run("01-p1", "apply", "30-canary").returncode == 0
    done = made.run("01-p1", "verify", "30-canary")
    line = next(text for text in done.stdout.splitlines() if "127.0.0.1" in text)
    return done.returncode, line


BASH, PYTHON, CURL = ("sh", "bash"), ("python3",), ("sh", "curl")


@pytest.mark.parametrize("tools", [BASH, PYTHON], ids=["bash", "python"])
@pytest.mark.parametrize(("handle", "code", "words"), [(_holds, 0, "stays open"), (_closes, 1, "closed at once")])
def test_an_accepted_connection_alone_proves_nothing(cluster_of, server, tools, handle, code, words):
    found, line = _asked(cluster_of, server(handle), "postgres", tools)
    assert found == code and words in line


@pytest.mark.parametrize("tools", [CURL, PYTHON], ids=["curl", "python"])
@pytest.mark.parametrize(("answer", "code"), [(b"404", 0), (b"502", 1), (b"503", 1)])
def test_an_http_answer_counts_unless_a_proxy_makes_such(cluster_of, server, tools, answer, code):
    found, line = _asked(cluster_of, server(_answers(answer)), "http", tools)
    assert found == code and answer.decode() in line


def test_a_container_without_tools_is_not_checked(cluster_of, server):
    found, line = _asked(cluster_of, server(_holds), "postgres", ("sh",))
    assert found == 3 and line.startswith("not checked")


def test_tls_needs_a_tool_that_speaks_it(cluster_of, server):
    found, line = _asked(cluster_of, server(_holds), "https", BASH)
    assert found == 3 and line.startswith("not checked")


def test_wget_status_lines_are_read(cluster_of, server):
    fake = "#!/bin/sh\necho '  HTTP/1.1 403 Forbidden' >&2\nexit 8\n"
    port = server(_holds)
    call = flow("shop/web", "external:127.0.0.1", port, protocol="https")
    made: Cluster = cluster_of(World((namespace("shop"), deployment("web")), plan_of(("shop",)), (call,)))
    for tool in ("sh", "sed", "head"):
        (made.home / "tools" / tool).symlink_to(Path(shutil.which(tool) or "").resolve())
    wget = made.home / "tools" / "wget"
    wget.write_text(fake)
    wget.chmod(0o755)
    made.run("01-p1", "apply", "30-canary")
    assert "HTTP 403 (wget)" in made.run("01-p1", "verify", "30-canary").stdout
