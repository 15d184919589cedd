"""The machine room (`tests/mesh/tools/wire`): namespaces, servers, clients and programs in them, over one pipe."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tests.cluster.processes import die_with_parent

PATIENCE = 60
NODE, HOST = "node", "host"
"""Names of the two namespaces that are no pods: the node, and the one in which the tests run."""


class MachineError(Exception):
    """The machine room could not do what it was asked to."""


class Machine:
    """A running machine room; everything in it ends with it."""

    def __init__(self, program: Path, node: str, log: Path) -> None:
        """Start it.

        Args:
            program: The program.
            node: IPv4 address of the node.
            log: What it and its threads complain about.
        """
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        self._numbers, self._writing = itertools.count(1), threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._reader = threading.Thread(target=self._read, name="machine", daemon=True)
        self._reader.start()
        self.do("node", ip=node)

    def ask(self, operation: str, **fields: Any) -> Future[Any]:
        """Begin an operation."""
        future: Future[Any] = Future()
        with self._writing:
            number = next(self._numbers)
            self._waiting[number] = future
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"id": number, "op": operation} | fields) + "\n")
            self._process.stdin.flush()
        return future

    def do(self, operation: str, **fields: Any) -> Any:
        """Perform an operation and give its result.

        Raises:
            MachineError: It failed, in one line.
        """
        return self.ask(operation, **fields).result(PATIENCE)

    def spawn(
        self, pod: str, name: str, argv: Sequence[str | Path], *, folder: Path, log: Path,
        environment: Mapping[str, str] | None = None, uid: int = 0, resolver: Path | None = None,
    ) -> None:  # fmt: skip
        """Start a program in a pod; it sees `resolver` in the place of /etc/resolv.conf."""
        self.do(
            "spawn", pod=pod, name=name, argv=[str(word) for word in argv], env=dict(environment or {}),
            dir=str(folder), log=str(log), uid=uid, resolver=str(resolver or ""),
        )  # fmt: skip

    def stop(self) -> None:
        """End it, and with it every program in a pod and every namespace."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            future = self._waiting.pop(answer["id"])
            if "error" in answer:
                future.set_exception(MachineError(answer["error"]))
            else:
                future.set_result(answer.get("result"))
        for future in list(self._waiting.values()):
            future.set_exception(MachineError("the machine room has ended"))
