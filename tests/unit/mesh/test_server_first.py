"""Who speaks first, and where a waiting proxy makes that a deadlock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.server_first import CLIENT_FIRST, first_speaker, hangs, speaks_first
from planner.mesh.spoken import CARRIERS


@pytest.mark.parametrize("spoken", ["mysql", "smtp", "ftp", "ssh", "pop3", "imap", "telnet", "nats", "vnc", "MySQL"])
def test_server_first(spoken: str) -> None:
    found = speaks_first(spoken)
    assert found is not None
    assert found.witness == "protocol"
    assert found.spoken in found.reason


@pytest.mark.parametrize("spoken", ["postgres", "amqp", "mqtt", "kafka", "redis", "http", "grpc", "tls", "smtps"])
def test_client_first(spoken: str) -> None:
    assert speaks_first(spoken) is None
    assert first_speaker(spoken) == "client"


@pytest.mark.parametrize("port", [3306, 33060, 25, 587, 21, 22, 110, 143, 4222, 5900])
def test_ports_of_servers_that_greet(port: int) -> None:
    found = speaks_first(None, port)
    assert found is not None
    assert found.witness == "port"


def test_tls_from_the_first_byte_is_safe() -> None:
    assert speaks_first(None, 465) is None
    assert first_speaker(None, 465) == "client"


def test_what_is_spoken_beats_the_image_and_the_image_the_port() -> None:
    assert speaks_first("http", 3306, "mysql:8") is None
    by_image = speaks_first("tcp", 5432, "mysql:8")
    assert by_image is not None
    assert by_image.witness == "image"
    assert speaks_first(None, 3306, "redis:7") is None


def test_nothing_known_is_unknown_and_not_safe() -> None:
    assert speaks_first(None) is None
    assert first_speaker(None) == "unknown"
    assert first_speaker("tcp", 12345, "example/thing") == "unknown"


def test_safe_list_is_of_the_vocabulary() -> None:
    assert CARRIERS.keys() >= CLIENT_FIRST


@given(st.none() | st.text(), st.none() | st.integers(), st.none() | st.text())
def test_total(spoken: str | None, port: int | None, image: str | None) -> None:
    assert (first_speaker(spoken, port, image) == "server") == (speaks_first(spoken, port, image) is not None)


@pytest.mark.parametrize(
    ("port_class", "caller", "callee", "encrypted", "mode", "hang"),
    [
        ("auto", True, False, False, "PERMISSIVE", True),
        ("auto", True, True, True, "STRICT", True),
        ("http", True, True, True, "STRICT", True),
        ("tcp", True, True, True, "PERMISSIVE", False),
        ("tcp", True, True, False, "PERMISSIVE", True),
        ("tcp", False, True, False, "PERMISSIVE", True),
        ("tcp", False, True, False, "DISABLE", False),
        ("auto", False, True, False, "DISABLE", True),
        ("tcp", False, True, False, "STRICT", False),
        ("auto", False, False, False, "PERMISSIVE", False),
    ],
)
def test_hangs(port_class: str, caller: bool, callee: bool, encrypted: bool, mode: str, hang: bool) -> None:
    reason = hangs(port_class, caller_has_sidecar=caller, callee_has_sidecar=callee, encrypted=encrypted, mode=mode)
    assert (reason is not None) == hang
