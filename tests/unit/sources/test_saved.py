"""Saved snapshots: pruned again when they are read, compressed and not, and the same afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.sources import compressed, files, saved
from planner.sources.read import read
from tests.conftest import ROOT

BANK = str(ROOT / "samples" / "bank" / "manifests")


def test_replay_is_the_same(tmp_path: Path) -> None:
    once = saved.dump(read([BANK]))
    (tmp_path / "one.json").write_text(once, encoding="utf-8")
    assert saved.dump(read([str(tmp_path / "one.json")])) == once


def test_replay_of_the_corpora_is_the_same(corpora: tuple[Path, ...], tmp_path: Path) -> None:
    for corpus in corpora:
        once = saved.dump(read([str(corpus / "manifests")]))
        (tmp_path / "one.json").write_text(once, encoding="utf-8")
        assert saved.dump(read([str(tmp_path / "one.json")])) == once


def test_what_was_put_into_a_snapshot_is_pruned(tmp_path: Path) -> None:
    document = json.loads(saved.dump(read([BANK])))
    secret = next(item for item in document["objects"] if item["object"]["kind"] == "Secret")
    secret["object"]["data"] = {"key": "aHVudGVyMg=="}
    (tmp_path / "edited.json").write_text(json.dumps(document), encoding="utf-8")
    assert "aHVudGVyMg" not in saved.dump(read([str(tmp_path / "edited.json")]))


def test_compressed_snapshot_is_read_and_found_in_a_folder(tmp_path: Path) -> None:
    once = saved.dump(read([BANK]))
    (tmp_path / "one.json.zst").write_bytes(compressed.pack(once.encode()))
    assert saved.dump(read([str(tmp_path / "one.json.zst")])) == once
    assert [path.name for path in files.find(str(tmp_path))] == ["one.json.zst"]
    (tmp_path / "two.txt.zst").write_bytes(b"")
    assert [path.name for path in files.find(str(tmp_path))] == ["one.json.zst"]


def test_compressing_gives_the_same_bytes() -> None:
    assert compressed.pack(b"abc" * 1000) == compressed.pack(b"abc" * 1000)


@pytest.mark.parametrize(
    "change", [lambda d: d[:-5], lambda d: d[: len(d) // 2], lambda d: b"abc", lambda d: d[:40] + b"\xff" * 40 + d[80:]]
)
def test_a_broken_file_is_named(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "broken.json.zst"
    path.write_bytes(change(compressed.pack(saved.dump(read([BANK])).encode())))
    with pytest.raises(InputError, match=r"broken\.json\.zst.*Zstandard"):
        read([str(path)])


def test_a_bomb_is_refused() -> None:
    with pytest.raises(OSError, match="more than 1 MiB"):
        compressed.unpack(compressed.pack(bytes(1 << 26)), largest=1 << 20)


def test_several_frames_are_one_file() -> None:
    assert compressed.unpack(compressed.pack(b"one ") + compressed.pack(b"two")) == b"one two"
