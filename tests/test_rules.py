"""Every rule against its case folder: `tests/rules/<name>/{ready,blocked,expected}.yaml`.

`ready.yaml` holds objects that are fine and `blocked.yaml` objects that are not, each with a comment. `expected.yaml`
lists what the rule says of each file: subject, detail, outcome, severity and the line of its first evidence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.checks.catalogue import checks
from planner.checks.context import Context
from planner.checks.run import run
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding
from planner.settings import Settings, from_document
from planner.sources.read import read

CASES = Path(__file__).parent / "rules"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
FILES = ("ready", "blocked")


def settings_of(name: str) -> Settings:
    """Read the settings of a case, in the form of `meshplan.yaml`."""
    file = CASES / name / "settings.yaml"
    return from_document(yaml.safe_load(file.read_text()), file.name) if file.exists() else Settings()


def graph_and_snapshot(name: str, file: str) -> tuple[Any, TrafficGraph, Settings]:
    """Read one file of a case and find its flows."""
    settings = settings_of(name)
    snapshot = read([str(CASES / name / f"{file}.yaml")])
    found = collect(snapshot, settings)
    return snapshot, TrafficGraph(found.flows, found.blind_spots), settings


def findings_of(name: str, file: str) -> tuple[Finding, ...]:
    """Run the rule of a case over one of its files."""
    snapshot, graph, settings = graph_and_snapshot(name, file)
    return run(snapshot, graph, settings, [name])


def as_row(found: Finding) -> dict[str, Any]:
    """Write a finding as `expected.yaml` does."""
    return {
        "subject": str(found.subject),
        "detail": found.detail,
        "outcome": found.outcome.value,
        "severity": found.severity.value,
        "line": found.evidence[0].line if found.evidence else 0,
    }


def test_every_rule_has_a_case() -> None:
    assert sorted(rule.name for rule, _ in checks()) == NAMES


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", NAMES)
def test_the_rule_says_what_is_expected(name: str, file: str) -> None:
    expected = yaml.safe_load((CASES / name / "expected.yaml").read_text())[file]
    assert sorted(map(as_row, findings_of(name, file)), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("name", NAMES)
def test_a_case_has_a_hit_and_a_miss(name: str) -> None:
    expected = yaml.safe_load((CASES / name / "expected.yaml").read_text())
    assert any(row["outcome"] != "ready" for row in expected["blocked"])
    assert not any(row["outcome"] in ("blocked", "unknown") for row in expected["ready"])


@pytest.mark.parametrize("name", NAMES)
def test_findings_read_well(name: str) -> None:
    for file in FILES:
        for found in findings_of(name, file):
            assert found.evidence, found.message
            assert not found.message.endswith("."), found.message
            assert found.message == found.message.strip(), found.message
            assert found.message[0].islower(), found.message
            assert found.fix.endswith("."), found.fix
            assert "\n" not in found.message
            assert all(e.file and e.line and e.reader for e in found.evidence)


@pytest.mark.parametrize("name", NAMES)
def test_findings_have_names_of_their_own(name: str) -> None:
    """Two findings of one rule must differ in subject or detail, or one of them is lost."""
    check = next(check for rule, check in checks() if rule.name == name)
    for file in FILES:
        ids = [found.id for found in check(Context(*graph_and_snapshot(name, file)))]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_reads_the_kinds_that_it_declares(name: str) -> None:
    rule, check = next(pair for pair in checks() if pair[0].name == name)
    asked: set[str] = set()
    for file in FILES:
        context = Context(*graph_and_snapshot(name, file))
        list(check(context))
        asked |= context.asked
    assert sorted(asked) == sorted(set(rule.kinds))


def test_a_rewritten_host_names_the_routes_that_it_passes_by() -> None:
    said = [item.message for item in findings_of("proxy-rewrites-host", "blocked")]
    assert any("the rules of VirtualService shop/cart-canary do not apply" in text for text in said)
    assert not any("cart-canary" in text for text in said if "people/users" in text or "shop/search" in text)
