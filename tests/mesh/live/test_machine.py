"""The machine room: what it sees, and that nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh.live.machine import NODE, Machine, MachineError

NODE_IP, ONE, TWO, SERVICE = "10.244.0.1", "10.244.0.10", "10.244.0.11", "10.96.7.7"
_ROOT = Path(__file__).resolve().parents[3]
_SLEEPER = """
import sys, time
from pathlib import Path
from tests.mesh.live.machine import Machine
home = Path(sys.argv[2])
machine = Machine(Path(sys.argv[1]), "10.244.0.1", home / "log")
machine.do("pod", pod="a", ip="10.244.0.9")
machine.spawn("a", "sleeper", ["/bin/sleep", sys.argv[3]], folder=home, log=home / "sleeper.log")
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def machine(live_parts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine room with two pods; the second one serves, also behind a Service."""
    made = Machine(live_parts[1] / "wire", NODE_IP, tmp_path_factory.mktemp("machine") / "log")
    made.do("pod", pod="one", ip=ONE)
    made.do("pod", pod="two", ip=TWO)
    for port, kind in ((80, "http"), (443, "https"), (5432, "tcp"), (3306, "banner"), (9090, "grpc")):
        made.do("listen", pod="two", ip="0.0.0.0", port=port, kind=kind)
    made.do("services", services=[{"ip": SERVICE, "port": 80, "ends": [f"{TWO}:80"]}])
    yield made
    made.stop()


def _call(machine: Machine, pod: str, kind: str, target: str, port: int) -> tuple[bool, list[str], bool]:
    end = f"{TWO}:{port}"
    asked = {"kind": kind, "target": target, "host": "two", "path": "/", "hello": "0102", "ends": [end]}
    outcome = machine.do("call", pod=pod, uid=1000, millis=2000, **asked)
    seen = outcome["wire"]
    return outcome["answered"], [one["class"] for one in seen], all(one["from"] == outcome["local"] for one in seen)


@pytest.mark.parametrize(
    ("kind", "port", "on_the_wire"),
    [("http", 80, "plain"), ("https", 443, "tls"), ("tcp", 5432, "plain"), ("banner", 3306, "plain"),
     ("grpc", 9090, "plain")],
)  # fmt: skip
def test_servers_answer_and_the_wire_is_watched(machine: Machine, kind: str, port: int, on_the_wire: str) -> None:
    assert _call(machine, "one", kind, f"{TWO}:{port}", port) == (True, [on_the_wire], True)


def test_the_address_of_a_service_leads_to_its_pod(machine: Machine) -> None:
    for pod in ("one", NODE):
        assert _call(machine, pod, "http", f"{SERVICE}:80", 80) == (True, ["plain"], True)


def test_a_redirect_spares_the_user_of_the_proxy(machine: Machine) -> None:
    machine.do("pod", pod="three", ip="10.244.0.12")
    rules = {"uid": 1337, "inboundPort": 1, "outboundPort": 2, "notInbound": [], "notOutbound": [5432], "notTo": []}
    machine.do("redirect", pod="three", redirect=rules)
    asked = {"kind": "http", "target": f"{TWO}:80", "host": "two", "path": "/", "ends": [], "millis": 1000}
    answered = {uid: machine.do("call", pod="three", uid=uid, **asked)["answered"] for uid in (1000, 1337)}
    assert answered == {1000: False, 1337: True}
    assert _call(machine, "three", "tcp", f"{TWO}:5432", 5432)[0]
    machine.do("remove", pod="three")
    with pytest.raises(MachineError, match="no pod"):
        machine.do("call", pod="three", uid=0, **asked)


def test_nothing_outlives_a_test_that_is_killed(live_parts: tuple[Path, Path], tmp_path: Path) -> None:
    seconds = "98765"
    command = [sys.executable, "-c", _SLEEPER, str(live_parts[1] / "wire"), str(tmp_path), seconds]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert _running("sleep", seconds)
        os.kill(child.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while _running("sleep", seconds) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _running("sleep", seconds)


def _running(*words: str) -> bool:
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return any(all(word in line for word in words) and "python" not in line for line in shown.splitlines())
