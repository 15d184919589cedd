"""The comparison of found flows with the truth."""

import json
from pathlib import Path

import pytest

from benchmarks.recall import main, score

TRUTH = {
    "static": [
        {"from": "a/x", "fromKind": "Deployment", "to": "b/y", "port": 80, "writtenIn": "env"},
        {"from": "a/x", "fromKind": "Deployment", "to": "external:api.z.net", "port": 443, "writtenIn": "args"},
    ],
    "codeOnly": [{"from": "a/x", "fromKind": "Deployment", "to": "c/w", "port": 80, "writtenIn": "code"}],
}


def flow(source: str, target: str, port: int | None, kind: str = "Deployment") -> dict[str, object]:
    return {"from": source, "fromKind": kind, "to": target, "port": port}


def test_found_missed_guessed_and_extra_are_told_apart() -> None:
    result = score(TRUTH, [flow("a/x", "b/y", 80), flow("a/x", "c/w", 80), flow("b/y", "a/x", 80)])
    assert (result.static, result.found, result.recall) == (2, 1, 0.5)
    assert result.missed == ("a/x -> external:api.z.net:443 (args)",)
    assert (result.code_only, result.guessed) == (1, 1)
    assert result.extra == ("b/y -> a/x:80",)


def test_another_port_is_another_call() -> None:
    assert score(TRUTH, [flow("a/x", "b/y", 8080)]).found == 0


@pytest.mark.parametrize(
    "other",
    [
        flow("external:client", "a/x", 80, "External"),
        flow("cluster:kubelet", "a/x", 80, "Cluster"),
        flow("a/x", "cluster:kube-apiserver", 443),
        flow("monitoring/prometheus", "*/*", None),
    ],
)
def test_traffic_that_was_not_generated_does_not_count(other: dict[str, object]) -> None:
    assert score(TRUTH, [other]).extra == ()


def test_command_prints_the_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.json").write_text(json.dumps(TRUTH))
    (tmp_path / "f.json").write_text(json.dumps({"flows": [flow("a/x", "b/y", 80)]}))
    assert main([str(tmp_path / "t.json"), str(tmp_path / "f.json")]) == 0
    assert "1 of 2 (50.0%)" in capsys.readouterr().out
