"""Fixtures that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.model.snapshot import Snapshot
from planner.sources.read import read
from tests.cluster.skips import pytest_terminal_summary as pytest_terminal_summary

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the expected outputs anew")


@pytest.fixture
def snapshot_of(tmp_path: Path) -> Callable[..., Snapshot]:
    """Read YAML texts, each as a file of its own, into a snapshot."""

    def build(*texts: str, namespace: str = "default") -> Snapshot:
        folder = tmp_path / "manifests"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts):
            (folder / f"{number:02d}.yaml").write_text(text, encoding="utf-8")
        return read([str(folder)], namespace)

    return build


@pytest.fixture(scope="session")
def corpora() -> tuple[Path, ...]:
    """Folders of the corpora beside the project, where they are there."""
    found = tuple(sorted(ROOT.parent.glob("shared/corpus/*/")))
    if not found:
        pytest.skip("the corpora are not beside the project (../shared/corpus)")
    return found
