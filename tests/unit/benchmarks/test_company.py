"""The generated company: the same for a seed, as large as asked, and true to its own truth."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from benchmarks.company import main, truth_of, write
from benchmarks.design import design
from benchmarks.manifests import namespace_files
from benchmarks.topology import Size, TooSmallError

SMALL = Size(namespaces=14, services=90, flows=200, code_only=0.2, ingresses=9, jobs=12, seed=7)
COMPANY = design(SMALL)
FILES = dict(namespace_files(COMPANY))
OBJECTS = [one for text in FILES.values() for one in yaml.load_all(text, Loader=yaml.CSafeLoader)]
KINDS = Counter(one["kind"] for one in OBJECTS)
TRUTH = truth_of(COMPANY)


def named(kind: str) -> set[str]:
    return {f"{one['metadata']['namespace']}/{one['metadata']['name']}" for one in OBJECTS if one["kind"] == kind}


def words_of(call: dict) -> str:
    """Everything that the caller's own objects say, as one text."""
    namespace, _, name = call["from"].partition("/")
    mine = {name, f"{name}-config", f"{name}-env"}
    kinds = (call["fromKind"], "ConfigMap")
    found = [one for one in OBJECTS if one["kind"] in kinds and one["metadata"]["name"] in mine]
    return json.dumps([one for one in found if one["metadata"]["namespace"] == namespace])


def is_said(call: dict) -> bool:
    """Whether the callee's host stands there as an address, in one of the forms that a pod can use."""
    namespace, _, name = call["to"].removeprefix("external:").rpartition("/")
    tail = rf"(\.{namespace}(\.svc\.cluster\.local)?)?" if namespace else ""
    port = call["port"]
    host = rf"(?<![\w.-]){re.escape(name)}{tail}"
    implied = {80: rf"http://{host}/", 443: rf"https://{host}/"}.get(port, "(?!)")
    pair = rf'"value": "{host}"\}}, \{{"name": "\w+_PORT", "value": "{port}"'
    return re.search(rf"{host}:{port}(?!\d)|{implied}|{pair}", words_of(call)) is not None


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    one, two = write(design(SMALL), tmp_path / "a" / "m"), write(design(SMALL), tmp_path / "b" / "m")
    names = sorted(path.name for path in one.folder.iterdir())
    assert names == sorted(path.name for path in two.folder.iterdir())
    assert all((one.folder / name).read_bytes() == (two.folder / name).read_bytes() for name in names)
    assert one.truth.read_bytes() == two.truth.read_bytes()


def test_other_seed_other_bytes() -> None:
    other = dict(namespace_files(design(replace(SMALL, seed=8))))
    assert other != FILES


def test_counts_are_those_asked_for() -> None:
    assert KINDS["Namespace"] == len(FILES) == SMALL.namespaces
    assert KINDS["Service"] == SMALL.services
    assert KINDS["Deployment"] + KINDS["StatefulSet"] == SMALL.services
    assert KINDS["Job"] + KINDS["CronJob"] == SMALL.jobs
    assert KINDS["Ingress"] == SMALL.ingresses
    assert len(TRUTH["static"]) + len(TRUTH["codeOnly"]) == SMALL.flows
    assert len(TRUTH["codeOnly"]) == SMALL.code_only * SMALL.flows


def test_there_is_something_of_everything() -> None:
    assert {"ConfigMap", "StatefulSet", "Job", "CronJob", "DaemonSet", "NetworkPolicy"} <= KINDS.keys()
    assert {call["writtenIn"] for call in TRUTH["static"]} == {"env", "hostport", "args", "config", "envfrom"}
    assert any(call["to"].startswith("external:") for call in TRUTH["static"])


def test_truth_names_only_what_exists() -> None:
    services = named("Service")
    for call in TRUTH["static"] + TRUTH["codeOnly"]:
        assert call["from"] in named(call["fromKind"])
        assert call["to"] in services or call["to"].startswith("external:")


def test_ports_of_the_truth_are_ports_of_the_services() -> None:
    ports = {
        (f"{one['metadata']['namespace']}/{one['metadata']['name']}", port["port"])
        for one in OBJECTS
        if one["kind"] == "Service"
        for port in one["spec"]["ports"]
    }
    inside = [call for call in TRUTH["static"] + TRUTH["codeOnly"] if not call["to"].startswith("external:")]
    assert inside
    assert {(call["to"], call["port"]) for call in inside} <= ports


def test_flows_are_distinct() -> None:
    keys = [(call["from"], call["to"], call["port"]) for call in TRUTH["static"] + TRUTH["codeOnly"]]
    assert len(set(keys)) == len(keys)


def test_every_static_call_is_written_and_no_other() -> None:
    assert [call for call in TRUTH["static"] if not is_said(call)] == []
    assert [call for call in TRUTH["codeOnly"] if is_said(call)] == []


def test_selectors_and_target_ports_match() -> None:
    pods = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["spec"]["template"]
        for one in OBJECTS
        if one["kind"] in ("Deployment", "StatefulSet")
    }
    for one in OBJECTS:
        if one["kind"] == "Service":
            pod = pods[one["metadata"]["namespace"], one["metadata"]["name"]]
            assert one["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
            open_ports = {port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
            assert {port["targetPort"] for port in one["spec"]["ports"]} <= open_ports


def test_objects_are_unique_and_stand_in_their_file() -> None:
    keys = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in OBJECTS]
    assert len(set(keys)) == len(keys)
    for name, text in FILES.items():
        places = {one["metadata"].get("namespace", name) for one in yaml.load_all(text, Loader=yaml.CSafeLoader)}
        assert places == {name}


def test_truth_lies_beside_the_manifests(tmp_path: Path) -> None:
    assert main([str(tmp_path / "m"), "--namespaces", "6", "--services", "30", "--flows", "20", "--jobs", "2"]) == 0
    assert (tmp_path / "truth.json").exists()
    assert {path.suffix for path in (tmp_path / "m").iterdir()} == {".yaml"}


def test_a_folder_that_holds_something_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.yaml").write_text("kind: Namespace\n")
    assert main([str(tmp_path), "--namespaces", "6", "--services", "30", "--flows", "20"]) == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "size",
    [
        replace(SMALL, namespaces=5),
        replace(SMALL, services=27),
        replace(SMALL, namespaces=6, services=12, jobs=0, flows=3000),
        replace(SMALL, code_only=1.5),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(size: Size) -> None:
    with pytest.raises(TooSmallError):
        design(size)
