"""The main job, end to end: the same input gives the same output, whatever its files are called."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner import pipeline
from planner.cli.app import run as meshplan
from planner.settings import Settings
from planner.sources.files import find

ROOT = Path(__file__).resolve().parents[1]
BANK = ROOT / "samples" / "bank" / "manifests"
_POSITION = re.compile(r"[^\s`\"'(]*\.(?:ya?ml|json)(?::\d+)?")


def plan_into(out: Path, manifests: Path, namespace: str = "default") -> dict[str, str]:
    """Plan a folder and return the text of every file of the output by its path."""
    assert meshplan(["plan", str(manifests), "-n", namespace, "-d", str(out), "-q"]) in (0, 4)
    return {
        str(path.relative_to(out)): path.read_text(encoding="utf-8")
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def without_positions(document: Any) -> Any:
    """Drop file, line and document numbers, which may differ when files are renamed."""
    if isinstance(document, dict):
        kept = {key: value for key, value in document.items() if key not in ("file", "line", "document", "lines")}
        return {key: without_positions(value) for key, value in kept.items()}
    if isinstance(document, list):
        return [without_positions(item) for item in document]
    return _POSITION.sub("FILE", document) if isinstance(document, str) else document


def shuffled(source: Path, target: Path) -> None:
    """Copy a folder with every file renamed and moved to another sub-folder."""
    paths = list(find(str(source)))
    random.Random(7).shuffle(paths)
    for number, path in enumerate(paths):
        place = target / f"d{number % 3}" / f"x{number:03d}{path.suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)


def _cases() -> Iterator[Any]:
    yield pytest.param(BANK, "default", id="bank")
    for corpus in sorted(ROOT.parent.glob("shared/corpus/*/")):
        truth = (corpus / "expected.yaml").read_text().split("default_namespace: ")[1].split()[0]
        yield pytest.param(corpus / "manifests", truth, id=corpus.name)


CASES = tuple(_cases())


@pytest.mark.parametrize(("manifests", "namespace"), CASES)
def test_the_same_input_twice_gives_the_same_bytes(tmp_path: Path, manifests: Path, namespace: str) -> None:
    assert plan_into(tmp_path / "a", manifests, namespace) == plan_into(tmp_path / "b", manifests, namespace)


@pytest.mark.parametrize(("manifests", "namespace"), CASES)
def test_renamed_and_shuffled_files_give_the_same_plan(tmp_path: Path, manifests: Path, namespace: str) -> None:
    shuffled(manifests, tmp_path / "in")
    first = plan_into(tmp_path / "a", manifests, namespace)
    other = plan_into(tmp_path / "b", tmp_path / "in", namespace)
    assert list(first) == list(other)
    for path, text in first.items():
        if path in ("snapshot.json", "plan.md", "report.html", "findings.sarif"):
            continue  # hold positions in running text; what they show is in the JSON documents
        if path.endswith(".json"):
            assert without_positions(json.loads(text)) == without_positions(json.loads(other[path])), path
        else:
            assert text == other[path], path


@pytest.mark.parametrize(("manifests", "namespace"), CASES)
def test_every_step_is_accepted_by_kustomize(tmp_path: Path, manifests: Path, namespace: str) -> None:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed; https://kubernetes.io/docs/tasks/tools/ says how to get it")
    plan_into(tmp_path / "out", manifests, namespace)
    steps = sorted(path.parent for path in (tmp_path / "out").rglob("steps/*/kustomization.yaml"))
    assert steps
    for step in steps:
        ran = subprocess.run([program, "kustomize", step], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{step}: {ran.stderr}"
        built = [document for document in yaml.safe_load_all(ran.stdout) if document]
        assert len(built) == len(list(step.glob("objects/*.yaml")))


@pytest.mark.parametrize(("manifests", "namespace"), CASES)
def test_no_phase_breaks_a_rule_and_nothing_is_closed_too_early(manifests: Path, namespace: str) -> None:
    run = pipeline.start([str(manifests)], Settings(), namespace, lambda *_: None)
    plan = run.plan
    joined: dict[str, int] = {}
    for phase in plan.phases:
        for unit in phase.units:
            joined[unit.namespace] = phase.index
        assert not phase.capacity or len(phase.namespaces) <= phase.capacity
        for name in phase.strict:
            callers = {f.source.namespace for f in run.graph.into(name) if f.source.namespace in plan.inside}
            assert all(joined.get(caller, 0) <= phase.index for caller in callers), name
    said = {flow for repair in plan.repairs for flow in repair.flows}
    for flow, life in run.simulation.lives.items():
        fails = any(verdict.verdict in ("broken", "policy-lost") for _, verdict in life)
        assert not fails or flow in said or not life[0][1].works, flow
    assert set(joined) == set(plan.inside)
    assert not set(joined) & {item.namespace for item in plan.outside}


def test_no_secret_value_reaches_any_file(tmp_path: Path) -> None:
    for path, text in plan_into(tmp_path / "out", BANK).items():
        assert "sample-only-" not in text, path


def test_no_output_is_ever_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    before = plan_into(out, BANK)

    def broken(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("planner.render.write._fill", broken)
    assert meshplan(["plan", str(BANK), "-d", str(out), "-q"]) == 2
    after = {str(p.relative_to(out)): p.read_text() for p in sorted(out.rglob("*")) if p.is_file()}
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_somebody_elses_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert meshplan(["plan", str(BANK), "-d", str(tmp_path), "-q"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_flows_agree_with_the_ground_truth(corpora: tuple[Path, ...]) -> None:
    program = ROOT.parent / "shared" / "tools" / "score_flows.py"
    command = Path(sys.executable).with_name("meshplan")
    ran = subprocess.run(
        [
            sys.executable, program, "--json", "--run",
            f"{command} graph {{manifests}} -n {{namespace}} -o json", *corpora,
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    total = json.loads(ran.stdout)["TOTAL"]
    assert total["recall"] >= 0.95
    assert total["precision"] >= 0.95
    assert total["boundary"] >= 0.95
