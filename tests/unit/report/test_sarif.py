"""SARIF 2.1.0: what the standard and the consumers ask of a log."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from planner.checks import catalogue
from planner.model.finding import Outcome, Severity
from planner.model.note import Note, NoteKind
from planner.model.refs import Ref
from planner.report import sarif
from tests.builders import ref
from tests.unit.report.paper import RULE, contents, finding


def results(*found: Any, sources: tuple[str, ...] = ("manifests",)) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = sarif.log(found, (RULE,), "0.1.0", sources)["runs"][0]["results"]
    return made


def where(**options: Any) -> dict[str, Any]:
    sources = options.pop("sources", ("manifests",))
    place: dict[str, Any] = results(finding(**options), sources=sources)[0]["locations"][0]["physicalLocation"]
    return place


def check_shape(log: dict[str, Any]) -> None:
    """Check what the standard makes mandatory, and the rules between kind and level (§3.27.9, §3.27.10)."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"].endswith((".", "?"))
        assert rule["help"]["text"] and rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    assert all(isinstance(one["executionSuccessful"], bool) for one in run["invocations"])
    for result in run["results"]:
        check_result(result, ids, run.get("originalUriBaseIds", {}))


def check_result(result: dict[str, Any], ids: list[str], bases: dict[str, Any]) -> None:
    assert ids[result["ruleIndex"]] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note", "none")
    assert (result.get("kind", "fail") == "fail") == (result["level"] != "none")
    assert result["message"]["text"]
    assert result["locations"]
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    for location in result["locations"]:
        artifact = location["physicalLocation"]["artifactLocation"]
        parts = urlsplit(artifact["uri"])
        assert (parts.scheme, parts.netloc) == ("", "")
        assert artifact["uri"] and not artifact["uri"].startswith("/")
        assert " " not in artifact["uri"] and "\\" not in artifact["uri"]
        assert "uriBaseId" not in artifact or artifact["uriBaseId"] in bases
        assert location["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1


def test_a_whole_log_has_the_shape_of_the_standard() -> None:
    found = (
        finding(),
        finding(Outcome.UNKNOWN, Severity.LOW, ref("pay/api"), ()),
        finding(Outcome.ADVICE, Severity.LOW, places=(("/srv/my manifests/a b.yaml", 0),)),
    )
    known = contents(found, notes=(Note(NoteKind.UNREAD, "not YAML", "manifests/x.yaml", line=2),))
    known = replace(known, snapshot=replace(known.snapshot, sources=("manifests", "/srv/my manifests")))
    text = sarif.text(known, (RULE,), "0.1.0")
    check_shape(json.loads(text))
    assert text == sarif.text(known, (RULE,), "0.1.0")
    assert text.endswith("}\n")


def test_the_whole_catalogue_fits() -> None:
    log = sarif.log((), catalogue.rules(), "0.1.0")
    check_shape(log)
    assert log["runs"][0]["results"] == []
    assert len(log["runs"][0]["tool"]["driver"]["rules"]) == len(catalogue.rules()) > 0


@pytest.mark.parametrize(
    ("outcome", "severity", "kind", "level"),
    [
        (Outcome.BLOCKED, Severity.HIGH, None, "error"),
        (Outcome.BLOCKED, Severity.MEDIUM, None, "warning"),
        (Outcome.BLOCKED, Severity.LOW, None, "warning"),
        (Outcome.ADVICE, Severity.HIGH, None, "note"),
        (Outcome.UNKNOWN, Severity.HIGH, "open", "none"),
    ],
)
def test_the_level_follows_the_outcome(outcome: Outcome, severity: Severity, kind: str | None, level: str) -> None:
    (result,) = results(finding(outcome, severity))
    assert (result.get("kind"), result["level"]) == (kind, level)


def test_what_is_ready_is_no_result() -> None:
    assert results(finding(Outcome.READY)) == []


def test_only_what_joins_is_in_the_text() -> None:
    known = contents((finding(), finding(subject=ref("tools/agent"))))
    (result,) = json.loads(sarif.text(known, (RULE,), "0.1.0"))["runs"][0]["results"]
    assert result["partialFingerprints"] == {"meshplanFindingId/v1": "MP104:Deployment/shop/web"}


def test_two_findings_on_one_subject_have_fingerprints_of_their_own() -> None:
    prints = [r["partialFingerprints"]["meshplanFindingId/v1"] for r in results(finding(detail="a"), finding())]
    assert prints == ["MP104:Deployment/shop/web#a", "MP104:Deployment/shop/web"]


def test_a_finding_of_a_rule_that_is_not_listed_has_no_index() -> None:
    (result,) = results(replace(finding(), rule="MP999"))
    assert result["ruleId"] == "MP999"
    assert "ruleIndex" not in result


@pytest.mark.parametrize(
    ("file", "line", "uri"),
    [
        ("manifests/web.yaml", 7, "manifests/web.yaml"),
        ("./a/b.yaml", 1, "a/b.yaml"),
        ("../a/b.yaml", 1, "../a/b.yaml"),
        ("a b/c#d?e%.yaml", 1, "a%20b/c%23d%3Fe%25.yaml"),
        ("with:colon.yaml", 1, "with%3Acolon.yaml"),
        ("a\\b.yaml", 1, "a/b.yaml"),
        ("/elsewhere/b.yaml", 1, "elsewhere/b.yaml"),
    ],
)
def test_a_place_is_a_relative_reference(file: str, line: int, uri: str) -> None:
    assert where(places=((file, line),)) == {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}


def test_a_line_that_is_not_known_is_left_out() -> None:
    assert "region" not in where(places=(("a.yaml", 0),))


def test_a_file_below_an_absolute_source_is_relative_to_it() -> None:
    log = sarif.log([finding(places=(("/srv/x y/web.yaml", 3),))], (RULE,), "0.1.0", ("/srv/x", "/srv/x y/"))
    (run,) = log["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "web.yaml", "uriBaseId": "SOURCE1"}
    assert run["originalUriBaseIds"]["SOURCE1"] == {"uri": "file:///srv/x%20y/"}


@pytest.mark.parametrize("places", [(), (("", 0),), (("-", 4),)])
def test_what_was_in_no_file_is_about_the_whole_source(places: tuple[tuple[str, int], ...]) -> None:
    assert where(places=places) == {"artifactLocation": {"uri": "manifests"}}
    assert where(places=places, sources=()) == {"artifactLocation": {"uri": "cluster"}}
    assert where(places=places, sources=("/srv/m",)) == {"artifactLocation": {"uri": "./", "uriBaseId": "SOURCE0"}}


def test_the_subject_is_a_logical_location() -> None:
    (result,) = results(finding(subject=Ref("shop", "web", "Deployment")))
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "Deployment shop/web", "kind": "resource"}
    ]


def test_what_could_not_be_read_is_a_notification() -> None:
    notes = (Note(NoteKind.UNREAD, "not YAML", "a.yaml", line=2), Note(NoteKind.SKIPPED, "a Secret"))
    (invocation,) = sarif.log((), (), "0.1.0", (), notes)["runs"][0]["invocations"]
    (lost,) = invocation["toolExecutionNotifications"]
    assert (lost["level"], lost["message"]["text"]) == ("warning", "not read: not YAML.")
    assert lost["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_a_message_is_neither_a_placeholder_nor_a_link() -> None:
    (result,) = results(finding(message="has {0} and {a} and [here](https://evil.example)"))
    assert "has {{0}} and {a} and [here] (https://evil.example)." in result["message"]["text"]
