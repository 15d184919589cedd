"""The record: whole lines, in order, by one process at a time, and a line that was cut off is no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError, OutputError
from planner.operate import record
from planner.operate.record import Journal, locked
from planner.operate.refusal import RefusedError
from planner.render import write


def test_the_folder_of_a_rollout_is_never_replaced() -> None:
    assert record.FILE in write.RECORDS


def test_what_is_added_is_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / record.FILE, clock=lambda: "now", who="me")
    journal.add("pin", uid="1")
    journal.add("begin", step="a/ö", values=[None, 1])
    assert record.read(tmp_path) == tuple(journal.events)
    assert record.read(tmp_path)[1] == {
        "event": "begin",
        "time": "now",
        "user": "me",
        "step": "a/ö",
        "values": [None, 1],
    }


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / record.FILE
    Journal(path).add("pin", uid="1")
    Journal(path).add("intent", key="x", before=["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
    path.write_bytes(path.read_bytes()[:-cut])
    left = [e["event"] for e in record.read(tmp_path)]
    assert left == (["pin", "intent"] if cut == 1 else ["pin"])
    Journal(path).add("done", key="x")
    found = [e["event"] for e in record.read(tmp_path)]
    assert found == [*left, record.TORN, "done"]


def test_a_line_that_somebody_spoiled_is_refused(tmp_path: Path) -> None:
    path = tmp_path / record.FILE
    for name in ("pin", "begin", "end"):
        Journal(path).add(name)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "spoiled", lines[2]]) + "\n")
    with pytest.raises(InputError, match=r":2: not a line of a record"):
        record.read(tmp_path)


def test_two_at_once_are_refused_and_the_lock_goes_with_the_first(tmp_path: Path) -> None:
    (tmp_path / "rollout.json").write_text("{}")
    first = locked(tmp_path, "rollout.json")
    with first, pytest.raises(RefusedError, match="another meshplan"), locked(tmp_path, "rollout.json"):
        pass
    with locked(tmp_path, "rollout.json") as journal:
        assert journal.events == []


def test_what_cannot_be_recorded_is_not_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "nowhere" / record.FILE)
    with pytest.raises(OutputError, match="cannot be written"):
        journal.add("intent")
    assert journal.events == []
