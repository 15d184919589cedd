"""apply, verify, status and undo without a cluster: what is refused before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.cli.app import run

BANK = Path(__file__).resolve().parents[2] / "samples" / "bank"
COMMANDS = ("apply", "verify", "status", "undo")
Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_a_rollout_is_a_hint(program: Program, command: str) -> None:
    code, out, err = program(command, "-d", "nowhere")
    assert (code, out) == (3, "")
    assert "rollout.json: not there" in err and "hint:" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_format_that_there_is_not(program: Program, command: str) -> None:
    code, _, err = program(command, "-o", "pdf")
    assert code == 2 and "not one of table, json" in err


def test_status_before_anything_and_an_edited_step(program: Program) -> None:
    assert program("plan", BANK, "-d", "out")[0] == 0
    code, out, _ = program("status", "-d", "out")
    assert code == 0
    assert "record alone: no step was applied yet" in out and "meshplan apply -d out --step 00-prepare/10-ports" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    document = json.loads(program("status", "-d", "out", "-o", "json")[1])
    assert document["kind"] == "RolloutStatus" and document["live"] is False
    assert {step["state"] for step in document["steps"]} == {"not begun"}
    patch = min(Path("out").glob("phases/*/steps/*/patches/*"))
    patch.write_text(patch.read_text() + "\n# mine\n")
    for command in COMMANDS:
        code, out, err = program(command, "-d", "out")
        assert (code, out) == (1, "")
        assert f"{patch.name} was edited after planning; nothing was done" in err and "plan again" in err


def test_the_same_plan_gives_the_same_bytes_and_no_secret(program: Program) -> None:
    for out in ("one", "two"):
        assert program("plan", BANK, "-d", out)[0] == 0
    text = Path("one/rollout.json").read_text()
    assert text == Path("two/rollout.json").read_text()
    assert '"kind": "Secret"' not in text


def test_a_rollout_that_has_begun_is_not_replaced(program: Program) -> None:
    assert program("plan", BANK, "-d", "out")[0] == 0
    Path("out/.meshplan-rollout").write_text('{"event": "pin", "time": "t", "user": "u", "uid": "1", "digest": "x"}\n')
    code, _, err = program("plan", BANK, "-d", "out")
    assert code == 2 and "a rollout that has begun" in err
