import json
import os
from pathlib import Path

import pytest

from planner.errors import OutputError
from planner.model.bundle import RenderedFile
from planner.render.write import MARKER, refuse_foreign, write

FILES = (RenderedFile("a/b.txt", "hé\n"), RenderedFile("run.sh", "#!/bin/sh\n", executable=True))


def _tree(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_everything_and_the_marker(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    write(FILES, out)
    assert _tree(out) == {"a/b.txt", "run.sh", MARKER}
    assert (out / "a/b.txt").read_bytes() == "hé\n".encode()
    assert os.access(out / "run.sh", os.X_OK) and not os.access(out / "a/b.txt", os.X_OK)
    assert json.loads((out / MARKER).read_text())["tool"] == "meshplan"
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_a_folder_of_meshplan_is_replaced_whole(tmp_path: Path) -> None:
    write((RenderedFile("old.txt", "x"),), tmp_path / "out")
    write(FILES, tmp_path / "out")
    assert "old.txt" not in _tree(tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(FILES, tmp_path / "out")
    assert MARKER in _tree(tmp_path / "out")


@pytest.mark.parametrize("record", [".meshplan-rollout", "records"])
def test_a_rollout_that_has_begun_is_kept(tmp_path: Path, record: str) -> None:
    out = tmp_path / "out"
    write(FILES, out)
    (out / record).mkdir()
    with pytest.raises(OutputError, match="has begun"):
        write((), out)
    assert "run.sh" in _tree(out)


def test_a_foreign_folder_a_file_and_a_link_are_kept(tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/mine.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "foreign")
    for name in ("foreign", "file", "link"):
        with pytest.raises(OutputError):
            refuse_foreign(tmp_path / name)
        with pytest.raises(OutputError):
            write(FILES, tmp_path / name)
    assert (tmp_path / "foreign/mine.txt").read_text() == "x"


@pytest.mark.parametrize("path", ["../x", "/tmp/x", "a/../../x", "", ".meshplan", "records/x", "a\\b"])
def test_nothing_leaves_the_folder_and_nothing_half_done_stays(tmp_path: Path, path: str) -> None:
    write(FILES, tmp_path / "out")
    with pytest.raises(OutputError):
        write((RenderedFile("new.txt", "x"), RenderedFile(path, "x")), tmp_path / "out")
    assert _tree(tmp_path / "out") == {"a/b.txt", "run.sh", MARKER}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    write(FILES, tmp_path / "out")
    clash = (RenderedFile("x", "file"), RenderedFile("x/y", "below a file"))
    with pytest.raises(OutputError, match="cannot be written"):
        write(clash, tmp_path / "out")
    assert "run.sh" in _tree(tmp_path / "out") and [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["mynotes.txt", "a/mine.txt"])
def test_a_file_that_meshplan_did_not_write_is_kept(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    write(FILES, out)
    (out / name).write_text("mine")
    with pytest.raises(OutputError, match=f"did not write: {name}") as caught:
        write((), out)
    assert "move it away" in str(caught.value.hint)
    assert (out / name).read_text() == "mine" and "run.sh" in _tree(out)
    (out / name).unlink()
    write((), out)
    assert _tree(out) == {MARKER}


def test_a_marker_without_a_list_refuses_nothing_more(tmp_path: Path) -> None:
    write(FILES, tmp_path / "out")
    (tmp_path / "out" / MARKER).write_text('{"tool": "meshplan", "version": "0.1.0"}\n')
    (tmp_path / "out" / "mynotes.txt").write_text("x")
    write((), tmp_path / "out")
    assert _tree(tmp_path / "out") == {MARKER}
