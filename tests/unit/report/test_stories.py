"""What each phase does to the flows, as the terminal, the page, the plan and `explain` tell it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from planner.cli.console import Terminal
from planner.cli.verdict_view import verdicts
from planner.model.plan import Phase, Plan, Repair, RepairKind
from planner.model.refs import Ref
from planner.model.verdict import VERDICTS, Moment, Simulation, Verdict
from planner.report import html, html_matrix, markdown, stories, terminal
from planner.report.documents import plan_document
from planner.report.lives import Lives
from planner.report.schemas import all_schemas
from planner.report.verdicts import verdict_list
from tests.unit.report.paper import contents, whole_plan

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
PLAIN, MTLS = Verdict("plaintext", "no-proxy", "the caller has no proxy"), Verdict("mtls", "auto", "both have a proxy")
BROKEN = Verdict("broken", "strict", "the server refuses plaintext", by="PeerAuthentication b/default")
UNKNOWN = Verdict("unknown", "host", "may go either way", "which Host is sent", "read the access log")
MOMENTS = (
    Moment(0, None, "", "today", ends_phase=False),
    Moment(1, 1, "20-label", "label", ends_phase=False),
    Moment(2, 1, "40-restart", "restart", ends_phase=True),
    Moment(3, 2, "20-label", "label", ends_phase=False),
    Moment(4, 2, "60-strict", "close", ends_phase=True),
)
LIVES = {
    "a/x -> b/y:80": ((0, PLAIN), (2, MTLS)),
    "a/cut -> b/y:80": ((0, PLAIN), (1, BROKEN), (2, MTLS)),
    "a/lost -> b/y:81": ((0, PLAIN), (2, BROKEN)),
    "a/dim -> external:host:443": ((0, UNKNOWN),),
    "cluster:kubelet -> b/y:80": ((0, PLAIN),),
}
PLAYED = Simulation(MOMENTS, LIVES)
REPAIRS = (
    Repair(1, "40-restart", RepairKind.GATE, Ref("b", "y", "Service"), ("a/lost -> b/y:81",), "it is refused"),
    Repair(2, "60-strict", RepairKind.HOLD_STRICT, Ref("", "b", "Namespace"), ("a/x -> b/y:80",), "plaintext ends"),
)


def plan() -> Plan:
    return replace(whole_plan(), phases=(Phase(1, "first", ()), Phase(2, "second" * 8, ())), repairs=REPAIRS)


def printed(
    capsys: pytest.CaptureFixture[str], simulation: Simulation = PLAYED, *phases: int, every: bool = False
) -> str:
    verdicts(Terminal(colour=False), plan(), simulation, phases, every=every)
    return capsys.readouterr().out


def test_counts_at_every_moment_are_those_of_every_flow_looked_up() -> None:
    for moment in MOMENTS:
        found = [PLAYED.at(flow, moment.number).verdict for flow in LIVES]
        assert PLAYED.counts(moment.number) == {v: found.count(v) for v in sorted(VERDICTS) if v in found}
    assert [flow for flow, _, _ in PLAYED.changes(2)] == ["a/x -> b/y:80", "a/cut -> b/y:80", "a/lost -> b/y:81"]


def test_a_phase_tells_what_fails_what_changed_and_what_stayed() -> None:
    first, second = stories.stories(PLAYED)
    assert [(t.flow, t.since.step) for t in first.troubles] == [
        ("a/lost -> b/y:81", "40-restart"),
        ("a/dim -> external:host:443", ""),
    ]
    assert [(t.flow, t.since.step) for t in first.within] == [("a/cut -> b/y:80", "20-label")]
    assert first.changed == {("plaintext", "mtls"): ("a/cut -> b/y:80", "a/x -> b/y:80")}
    assert (first.stayed, first.probes) == ({}, {"plaintext": 1})
    assert (second.changed, second.stayed, second.within) == ({}, {"mtls": 2}, ())


def test_the_terminal_tells_each_failure_once_with_what_deals_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys)
    assert max(len(line) for line in out.splitlines()) <= 80
    assert "why: the server refuses plaintext" in out
    assert "=> 40-restart waits at a gate until Service b/y is settled" in out
    assert "not known: which Host is sent" in out and "to learn it: read the access log" in out
    assert "fails within the phase, and works again at its end:\n    broken, from 20-label on:" in out
    assert "plaintext -> mtls (2):" in out
    assert "probes of the kubelet: 1 plaintext" in out and "cluster:kubelet ->" not in out
    assert out.count("a/lost -> b/y:81") == 1 and "still broken: 1 flow, since phase 1" in out
    assert "repaired: b is not made STRICT" in out


def test_one_phase_alone_tells_what_began_earlier(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a/lost -> b/y:81" in printed(capsys, PLAYED, 2)
    assert "    mtls: both have a proxy" in printed(capsys, PLAYED, 2, every=True)


def test_the_way_back_is_told_where_it_was_played(capsys: pytest.CaptureFixture[str]) -> None:
    back = (*MOMENTS, Moment(5, 2, "60-strict", "close", ends_phase=True, back=True))
    assert "nothing stops working" in printed(capsys, Simulation(back, LIVES))
    fails = {**LIVES, "a/x -> b/y:80": ((0, PLAIN), (2, MTLS), (5, BROKEN))}
    assert "broken once 60-strict of phase 2 is taken back:" in printed(capsys, Simulation(back, fails))


def test_the_documents_keep_their_schemas() -> None:
    for whole in (True, False):
        document = verdict_list(PLAYED, whole=whole)
        jsonschema.validate(document, all_schemas()["VerdictList"])
        assert ("verdicts" in document) is whole
    assert [step["endsPhase"] for step in document["steps"]] == [False, True, False, True]
    document = plan_document(plan())
    jsonschema.validate(document, all_schemas()["Plan"])
    assert document["repairs"][0]["kind"] == "gate" and document["repairs"][0]["subject"] == "Service b/y"


def test_explain_tells_the_life_of_a_flow() -> None:
    lives = Lives(plan_document(plan()), verdict_list(PLAYED, whole=False))
    told = "\n".join(lives.told("a/lost -> b/y:81"))
    assert "today: plaintext, because the caller has no proxy (rule no-proxy)" in told
    assert "after 01-first/40-restart: broken" in told and "decided by PeerAuthentication b/default" in told
    assert "What is left to do: 01-first/40-restart waits at a gate until Service b/y is settled" in told
    assert "no step changes it" in "\n".join(lives.told("a/dim -> external:host:443"))
    assert "no verdicts.json" in "\n".join(Lives(plan_document(plan()), {}).told("a/x -> b/y:80"))


def test_the_matrix_reads_without_colour_and_says_what_it_leaves_out() -> None:
    paper = replace(contents(), plan=plan(), simulation=PLAYED)
    found = html_matrix.matrix(paper)
    rows = {row.flow: "".join(cell.letter + "!" * cell.within for cell in row.cells) for row in found.rows}
    assert rows == {
        "a/cut -> b/y:80": "PM!M",
        "a/lost -> b/y:81": "PXX",
        "a/x -> b/y:80": "PMM",
        "a/dim -> external:host:443": "???",
    }
    assert found.probes == 1 and found.within and found.left_out == 0
    page = html.page(paper, TEMPLATES, {})
    assert 'data-worst="broken"' in page and "b is not made STRICT" in page and "1 probe of the kubelet" in page


def test_many_flows_are_cut_to_those_that_fail_first() -> None:
    many = {f"a/w{n:05} -> b/y:{n}": ((0, PLAIN),) for n in range(3000)} | LIVES
    found = html_matrix.matrix(replace(contents(), plan=plan(), simulation=Simulation(MOMENTS, many)))
    assert len(found.rows) == 500 and found.left_out == 3004 - 500
    assert {"a/lost -> b/y:81", "a/cut -> b/y:80", "a/x -> b/y:80"} <= {row.flow for row in found.rows}


def test_the_plan_and_the_summary_count_and_name_the_repairs() -> None:
    paper = replace(contents(), plan=plan(), simulation=PLAYED)
    text = markdown.plan(paper)
    assert "| 1 | 2 | 1 | 1 | 1 |" in text, "mtls, plaintext, unknown, broken"
    assert "- phase 1, from 20-label on: `a/cut -> b/y:80`: the server refuses plaintext" in text
    assert (
        "| 1 | 40-restart waits at a gate until Service b/y is settled | `a/lost -> b/y:81` | it is refused |" in text
    )
    summary = terminal.summary(paper)
    assert "Repaired 1 flow would break otherwise: Namespace b" in summary
    assert "Waits    1 flow would break: the steps have gates for Service b/y" in summary


def test_what_still_fails_at_the_end_of_a_phase_does_not_fail_within_it() -> None:
    played = Simulation(MOMENTS, {"a/gone -> b/y:80": ((0, PLAIN), (3, BROKEN))})
    first, second = stories.stories(played)
    assert (first.troubles, second.within) == ((), ())
    assert [(item.flow, item.since.step) for item in second.troubles] == [("a/gone -> b/y:80", "20-label")]
