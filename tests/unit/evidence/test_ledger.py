"""Nothing that a reader saw is lost, and every citation points at a line that holds what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.evidence import collect as collecting
from planner.evidence.world import World
from planner.model.flow import Discovery, Evidence
from planner.model.snapshot import Snapshot
from planner.settings import Settings
from planner.sources.read import read

ROOT = Path(__file__).parents[3]
CORPORA = sorted(ROOT.parent.glob("shared/corpus/*/expected.yaml"))
TEXTUAL = ("environment", "arguments", "config-maps", "custom-resources")
"""Readers of addresses; others cite a selector or a rule that does not name the callee."""

words = st.sampled_from(
    ("http://cart:8080", "cart:8080", "localhost:9090", "0.0.0.0:80", "https://api.example.net/v1", "cart", "*.shop",
     "redis://:pw@cart:6379/0", "http://your-domain.com", "http://missing:80", "10.0.0.1:5432", "a.b.c", "cart,db:1")
)  # fmt: skip
keys = st.sampled_from(("CART_URL", "DB_HOST", "NO_PROXY", "LISTEN_ADDR", "LOGO_LINK", "PUBLIC_URL", "TLS_SAN", "X"))


def place(evidence: Evidence) -> tuple[str, str, str, int]:
    """Where a piece of evidence stands, whatever its confidence became."""
    return evidence.reader, evidence.object, evidence.field, evidence.line


def sighted(snapshot: Snapshot) -> list[tuple[str, str, str, int]]:
    world = World(snapshot, Settings())
    return [place(s.evidence) for reader in collecting.READERS for s in reader(world)]


def kept(found: Discovery) -> set[tuple[str, str, str, int]]:
    told = {place(item) for flow in found.flows for item in flow.evidence}
    return told | {place(item.evidence) for item in found.suppressed}


@given(st.dictionaries(keys, words, min_size=1))
def test_every_sighting_is_a_flow_or_is_left_out_with_a_reason(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]
) -> None:
    pod = {"containers": [{"name": "c", "env": [{"name": k, "value": v} for k, v in variables.items()]}]}
    raw = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": pod},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart"}, "spec": {"ports": [{"port": 8080}]}},
    ]
    path = tmp_path_factory.mktemp("ledger") / "all.yaml"
    path.write_text(yaml.safe_dump_all(raw), encoding="utf-8")
    snapshot = read([str(path)])
    found = collecting.collect(snapshot, Settings())
    assert set(sighted(snapshot)) <= kept(found)
    assert all(item.reason for item in found.suppressed)


def folders() -> Iterable[tuple[Path, str]]:
    yield ROOT / "samples" / "bank", "default"
    for expected in CORPORA:
        head = yaml.safe_load(expected.read_text(encoding="utf-8"))
        yield expected.parent / "manifests", head.get("default_namespace", "default")


@pytest.mark.parametrize(("folder", "namespace"), tuple(folders()), ids=str)
def test_nothing_is_lost_and_every_line_holds_what_is_cited(folder: Path, namespace: str) -> None:
    snapshot = read([str(folder)], namespace)
    found = collecting.collect(snapshot, Settings())
    assert set(sighted(snapshot)) <= kept(found)
    wrong = [
        (item.place, item.text)
        for flow in found.flows
        for item in flow.evidence
        if item.reader in TEXTUAL and not holds(item, (flow.target.name, flow.external_name))
    ]
    assert wrong == []


def holds(item: Evidence, names: tuple[str, ...]) -> bool:
    """Whether the cited line holds the callee, a word of the text that was read, or a reference to it."""
    line = Path(item.file).read_text(encoding="utf-8").splitlines()[item.line - 1].lower()
    said = re.findall(r"[a-z0-9][\w.-]+", item.text.lower())
    return any(name and name.lower() in line for name in (*names, *said)) or "$" in line
