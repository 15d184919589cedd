from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from planner.cli.app import run
from planner.report.schemas import all_schemas

BANK = Path(__file__).resolve().parents[2] / "samples" / "bank"
Outcome = tuple[int, str, str]
Program = Callable[..., Outcome]


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Run meshplan in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Outcome:
        code = run([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_without_words_it_says_what_it_is_and_what_to_try(program: Program) -> None:
    code, out, _ = program()
    assert code == 0
    assert out.count("meshplan ") >= 4
    assert all(len(line) <= 80 for line in out.splitlines())


def test_no_source_is_a_hint_and_never_a_silent_read(program: Program) -> None:
    for command in ("plan", "graph", "check", "scan"):
        code, out, err = program(command)
        assert (code, out) == (2, "")
        assert "hint:" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["plan", "nowhere"], 3, "nowhere: no such file"),
        (["plan", "cluster:nowhere"], 2, "kubeconfig"),
        (["plan", BANK, "-o", "pdf"], 2, "not one of"),
        (["plan", BANK, "--istio-version", "abc"], 2, "istio version"),
        (["plan", BANK, "--outbound-policy", "DENY"], 2, "ALLOW_ANY"),
        (["plan", BANK, "--config", "missing.yaml"], 2, "no such configuration"),
        (["check", BANK, "--rule", "MP999"], 2, "no such rule"),
        (["check", BANK, "--fail-on", "always"], 2, "not one of"),
        (["graph", BANK, "--focus", "nobody"], 2, "--focus nobody"),
        (["explain", "nobody", "-f", BANK], 2, "no namespace, flow or rule"),
        (["explain", "ledger"], 3, "hint"),
        (["schema", "Nothing"], 2, "FlowList"),
        (["plan", BANK, "--only", "legder"], 2, "did you mean ledger"),
        (["check", BANK, "--skip", "nosuch"], 2, "no such namespace"),
        (["dance"], 2, "--help"),
        (["plan", "--nonsense"], 2, "--help"),
    ],
)
def test_every_mistake_is_one_line_with_a_hint_and_its_code(
    program: Program, words: list[object], code: int, said: str
) -> None:
    got, out, err = program(*words)
    assert got == code, err
    assert out == ""
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "kind"),
    [(["graph", BANK], "FlowList"), (["check", BANK], "FindingList"), (["plan", BANK], "Plan")],
)
def test_json_is_one_document_that_fits_its_schema(program: Program, words: list[object], kind: str) -> None:
    _, out, _ = program(*words, "-o", "json")
    document = json.loads(out)
    assert document["kind"] == kind
    jsonschema.validate(document, all_schemas()[kind])


def test_check_fails_on_what_it_is_told_to_fail_on(program: Program) -> None:
    assert program("check", BANK, "-q")[0] == 1
    assert program("check", BANK, "-q", "--fail-on", "never")[0] == 0
    assert program("check", BANK, "-q", "--rule", "host-network-pod")[0] == 0


def test_partial_input_is_exit_4_and_still_gives_results(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n"
    )
    (folder / "bad.yaml").write_text("a: [\n")
    code, out, err = program("check", folder, "-o", "json")
    assert code == 4
    assert json.loads(out)["notes"][0]["file"].endswith("bad.yaml")
    assert "bad.yaml:2" in err


def test_a_scan_replays_to_the_same_plan(program: Program) -> None:
    assert program("scan", BANK, "-o", "snapshot.json", "-q")[0] == 0
    text = Path("snapshot.json").read_text()
    assert "sample-only-" not in text
    first = program("plan", BANK, "-o", "json", "-q")
    again = program("plan", "snapshot.json", "-o", "json", "-q")
    assert first == again


def test_the_summary_fits_80_columns_and_ends_with_what_to_do(program: Program) -> None:
    code, out, _ = program("plan", BANK, "--config", BANK / "meshplan.yaml", "-d", "out")
    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80
    assert [line.split()[0] for line in out.splitlines() if line[:1].strip()] == [
        "Read", "Config", "Target", "Assumed", "Flows", "Blocked", "Plan", "Repaired", "Waits", "STRICT",
        "Egress", "Open", "Try",
    ]  # fmt: skip
    for name in ("plan.md", "plan.json", "graph.svg", "findings.json", "flows.json", "snapshot.json"):
        assert (Path("out") / name).stat().st_size > 0
    assert (Path("out/phases/01-canary/README.md")).is_file()


def test_explain_says_why_a_namespace_stands_where_it_stands(program: Program) -> None:
    program("plan", BANK, "--config", BANK / "meshplan.yaml", "-d", "out", "-q")
    code, out, _ = program("explain", "notify", "-d", "out")
    assert code == 0
    assert "notify joins in phase 1" in out
    assert "pinned" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_explain_shows_the_evidence_of_a_flow_and_the_text_of_a_rule(program: Program) -> None:
    _, flow, _ = program("explain", "web/shell", "-f", BANK)
    assert "sure, because:" in flow
    assert ".yaml:" in flow
    code, rule, _ = program("explain", "MP101")
    assert code == 0
    assert "host-network-pod" in rule


def test_rules_and_schemas_are_listed(program: Program) -> None:
    assert "MP101" in program("rules")[1]
    assert json.loads(program("rules", "-o", "json")[1])["kind"] == "RuleList"
    assert json.loads(program("schema", "Plan")[1])["title"] == "Plan"
    assert program("version")[1].startswith("meshplan ")


def test_init_writes_a_configuration_that_is_accepted_and_never_overwrites(program: Program) -> None:
    assert program("init")[0] == 0
    assert program("plan", BANK, "--config", "meshplan.yaml", "-q")[0] == 0
    code, _, err = program("init")
    assert code == 2
    assert "exists" in err


def test_a_bug_is_one_line_and_exit_70(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("planner.pipeline.start", broken)
    code, _, err = program("graph", BANK)
    assert code == 70
    assert "--debug" in err
    assert "Traceback" not in err
    assert "Traceback" in program("graph", BANK, "--debug")[2]


def test_simulate_tells_every_phase_and_explain_the_life_of_a_flow_from_the_folder(program: Program) -> None:
    config = ("--config", BANK / "meshplan.yaml")
    code, out, _ = program("simulate", BANK, *config)
    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80
    assert "plaintext -> mtls (" in out and "repaired: DestinationRule reporting/mesh-tls" in out
    _, only, _ = program("simulate", BANK, *config, "--phase", "1", "--all")
    assert "01-canary" in only and "02-batch" not in only.partition("\n\n")[2]
    assert "every flow at its end:" in only
    program("plan", BANK, *config, "-d", "out")
    flow = "auth/oauth2-proxy -> auth/session-store:6379"
    _, told, _ = program("explain", flow, "-d", "out")
    _, again, _ = program("explain", flow, "-f", BANK, *config)
    assert told == again
    assert "- today: plaintext" in told and "20-label: broken" in told
    Path("out/verdicts.json").unlink()
    code, older, _ = program("explain", flow, "-d", "out")
    assert code == 0 and "no verdicts.json" in older
