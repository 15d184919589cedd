"""meshplan's command line against the live mesh."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from planner.cli.app import run
from planner.operate import passing, record
from planner.operate.progress import Progress
from planner.operate.rollout import Place, Rollout, read
from planner.pipeline import operate

PATIENCE = 180
"""Seconds that a command waits for pods."""


class Commands:
    """The commands that a person would give, for one output folder and one cluster."""

    def __init__(self, source: Path, out: Path, kubeconfig: Path) -> None:
        self.source, self.out, self._kubeconfig = source, out, kubeconfig

    def plan(self) -> None:
        """`meshplan plan`; open findings are no failure here."""
        self._run("plan", self.source, "--config", self.source / "meshplan.yaml", "-d", self.out, codes=(0, 4))

    def verdicts(self) -> dict[str, Any]:
        """`meshplan simulate`, the way there and back."""
        words = ("simulate", self.source, "--config", self.source / "meshplan.yaml", "--undo", "-o", "json")
        document: dict[str, Any] = json.loads(self._run(*words))
        return document

    @property
    def rollout(self) -> Rollout:
        """The steps as they were rendered."""
        return read(self.out)

    @property
    def progress(self) -> Progress:
        """What was done so far."""
        return Progress(self.rollout, record.read(self.out))

    def forth(self) -> Iterator[Place]:
        """Apply step by step; yields each when it is done. Every gate is confirmed."""
        while (place := self.progress.following()) is not None:
            with self._here():
                live = operate.live("")
                opened = [item.name for item in passing.before(live, self.progress, place) if item.open]
            confirmed = [word for name in opened for word in ("--confirm", name)]
            named = ("--phase", place.phase.folder, "--step", place.step.name)
            self._run("apply", "-d", self.out, *named, "--yes", "--timeout", PATIENCE, *confirmed)
            yield place

    def back(self) -> Iterator[Place]:
        """Take back step by step, the last first; yields each when it is done."""
        while (place := self._last()) is not None:
            self._run("undo", "-d", self.out, "--yes", "--timeout", PATIENCE)
            yield place

    def _last(self) -> Place | None:
        from planner.operate.undo import order

        return next(iter(order(self.progress)), None)

    @contextlib.contextmanager
    def _here(self) -> Iterator[None]:
        with patch.dict(os.environ, {"KUBECONFIG": str(self._kubeconfig)}):
            yield

    def _run(self, *words: object, codes: tuple[int, ...] = (0,)) -> str:
        out, err = io.StringIO(), io.StringIO()
        with self._here(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([str(word) for word in words])
        assert code in codes, f"meshplan {' '.join(map(str, words))}: {code}\n{out.getvalue()}\n{err.getvalue()}"
        return out.getvalue()
