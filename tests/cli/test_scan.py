"""`meshplan scan`: compressed, anonymised, and as it was."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from planner.cli.app import app
from planner.sources import compressed
from tests.conftest import ROOT

BANK = str(ROOT / "samples" / "bank" / "manifests")


def scan(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["scan", BANK, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_without_output_it_is_printed() -> None:
    document = json.loads(scan())
    assert document["kind"] == "Snapshot"
    assert "anonymised" not in document


def test_compressed_holds_the_same_and_has_the_same_bytes_twice(tmp_path: Path) -> None:
    scan("-o", str(tmp_path / "a.json.zst"))
    scan("-o", str(tmp_path / "b.json.zst"))
    packed = (tmp_path / "a.json.zst").read_bytes()
    assert packed == (tmp_path / "b.json.zst").read_bytes()
    assert compressed.unpack(packed).decode() == scan("-q")


def test_anonymised_says_so_and_is_a_source(tmp_path: Path) -> None:
    scan("-o", str(tmp_path / "a.json.zst"), "--anonymise")
    document = json.loads(compressed.unpack((tmp_path / "a.json.zst").read_bytes()))
    assert document["anonymised"] is True
    assert document["schema"] == 1
    result = CliRunner().invoke(app, ["graph", str(tmp_path / "a.json.zst"), "-o", "json"])
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["flows"]) > 50
