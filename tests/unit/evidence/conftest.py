"""A snapshot from text, and what was discovered in it, for every test of this folder."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from planner.evidence.collect import collect
from planner.model.flow import Discovery
from planner.model.snapshot import Snapshot
from planner.settings import Settings
from planner.sources.read import read


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    """Read YAML texts as files; objects without a namespace land in `shop`."""

    def build(*texts: str) -> Snapshot:
        for number, text in enumerate(texts):
            (tmp_path / f"{number:03}.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
        return read([str(tmp_path)], "shop")

    return build


@pytest.fixture
def discover(snapshot: Callable[..., Snapshot]) -> Callable[..., Discovery]:
    """Discover the flows of YAML texts."""

    def run(*texts: str, told: Settings | None = None) -> Discovery:
        return collect(snapshot(*texts), told or Settings())

    return run


settings.register_profile(
    "evidence", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("evidence")
