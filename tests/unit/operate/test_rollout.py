"""What was edited after planning is noticed; steps are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError, UsageError
from planner.operate import rollout
from planner.operate.refusal import RefusedError
from tests.unit.operate.worlds import world, written


def test_what_was_planned_is_read_back(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert [p.name for p in found.places] == [f"{b.folder}/{s.name}" for b in world().bundles() for s in b.steps]


def _first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(f"phases/*/steps/*/{pattern}"))


def test_each_kind_of_edit_is_named(tmp_path: Path) -> None:
    written(tmp_path)
    patch = _first(tmp_path, "patches/*")
    text = patch.read_text()
    patch.write_text(text + "# mine\n")
    with pytest.raises(RefusedError, match=rf"{patch.name} was edited after planning") as raised:
        rollout.read(tmp_path)
    assert "plan again" in raised.value.hint
    patch.unlink()
    with pytest.raises(RefusedError, match="was taken away"):
        rollout.read(tmp_path)
    patch.write_text(text)
    extra = patch.with_name("99-mine.yaml")
    extra.write_text("a: 1\n")
    with pytest.raises(RefusedError, match=r"99-mine.yaml was added"):
        rollout.read(tmp_path)
    extra.unlink()
    machine = tmp_path / rollout.FILE
    machine.write_text(machine.read_text().replace('"PERMISSIVE"', '"DISABLE"', 1))
    with pytest.raises(RefusedError, match=r"rollout.json was edited"):
        rollout.read(tmp_path)


def test_other_files_may_be_edited(tmp_path: Path) -> None:
    written(tmp_path)
    for page in tmp_path.glob("phases/*/README.md"):
        page.write_text("notes of mine")
    rollout.read(tmp_path)


def test_no_rollout_is_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rollout.json: not there") as raised:
        rollout.read(tmp_path)
    assert "-d" in raised.value.hint


def test_names_of_steps(tmp_path: Path) -> None:
    found = written(tmp_path)
    label = next(p for p in found.places if p.step.name == "20-label")
    for phase, step in (("1", "20-label"), (label.phase.folder, "20"), ("", label.name), ("p1", "20-label")):
        assert [p.name for p in found.matching(phase, step)] == [label.name]
    with pytest.raises(UsageError) as raised:
        found.matching("", "21-nothing")
    assert label.name in raised.value.hint
    with pytest.raises(UsageError) as raised:
        found.matching("7", "")
    assert label.phase.folder in raised.value.hint
