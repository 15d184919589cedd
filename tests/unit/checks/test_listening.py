from __future__ import annotations

from typing import Any

import pytest

from planner.checks.listening import listening
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import Workload


def workload(**container: Any) -> Workload:
    raw = {"spec": {"template": {"spec": {"containers": [{"name": "app", **container}]}}}}
    return Workload(KubeObject(Ref("shop", "cart", "Deployment"), "apps/v1", raw), ("spec", "template"))


@pytest.mark.parametrize(
    ("args", "local", "port"),
    [
        (["--port=8080"], False, 8080),
        (["--listen", "127.0.0.1:8080"], True, 8080),
        (["--bind-address=localhost:80"], True, 80),
        (["--web.listen-address=:9100"], False, 9100),
        (["--http-address=http://0.0.0.0:4180"], False, 4180),
        (["--listen=[::1]:80"], True, 80),
        (["--host=127.0.0.1"], True, None),
    ],
)
def test_places_that_listen(args: list[str], local: bool, port: int | None) -> None:
    (seen,) = listening(workload(args=args))
    assert (seen.local, seen.port) == (local, port)


@pytest.mark.parametrize(
    "args",
    [
        ["--redis-address=127.0.0.1:6379"],
        ["--upstream=http://127.0.0.1:8081"],
        ["--listen=cart.shop:8080"],
        ["--address=https://api.example.com:443"],
        ["--port"],
        ["8080"],
        ["--port=http"],
        ["--addr=" + "9" * 5000],
    ],
)
def test_places_that_do_not(args: list[str]) -> None:
    assert list(listening(workload(args=args))) == []


def test_variables_listen_too() -> None:
    env = [
        {"name": "SERVER_PORT", "value": "15020"},
        {"name": "DB_PORT", "value": "5432"},
        {"name": "DB_HOST", "value": "localhost"},
    ]
    assert [seen.port for seen in listening(workload(env=env))] == [15020]
