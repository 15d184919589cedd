from __future__ import annotations

from pathlib import Path

import jsonschema

from planner.report import html, markdown
from planner.report.documents import finding_list, flow_list, plan_document
from planner.report.explain import explain
from planner.report.schemas import all_schemas
from tests.unit.report.paper import contents, whole_plan

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
DOCUMENT = plan_document(whole_plan())


def test_the_plan_says_who_calls_which_port_and_until_when() -> None:
    text = markdown.plan(contents())
    row = next(line for line in text.splitlines() if line.startswith("| pay/api port 8443 |"))
    assert "| stays open |" in row
    assert "tools/cron stays outside the mesh (for good); shop/cart is not in the mesh yet (until phase 1)" in row
    assert "kubelet" not in row, "probes hold nothing back"
    assert "- pay/api port 8443: shop/faint is a weak hint" in text
    assert "api.example.com has no entry (https, 1 call)" in text
    assert "| shop | before | shop/way | a route needs it | pay/api: sidecar |" in text


def test_the_page_has_the_same_tables() -> None:
    page = html.page(contents(), TEMPLATES, {})
    for words in ("pay/api port 8443", "tools/cron stays outside the mesh (for good)", "shop/faint is a weak hint",
                  "What REGISTRY_ONLY would refuse", "Waypoints, by namespace"):  # fmt: skip
        assert words in page, words


def test_the_document_keeps_every_caller_and_its_schema() -> None:
    jsonschema.validate(DOCUMENT, all_schemas()["Plan"])
    [port] = DOCUMENT["strict"][0]["ports"]
    assert [(c["from"], c["until"], c["harmless"], c["certain"]) for c in port["callers"]] == [
        ("tools/cron", None, False, True),
        ("shop/cart", 1, False, True),
        ("shop/faint", 1, False, False),
        ("cluster:kubelet", None, True, True),
    ]
    assert DOCUMENT["registryOnly"][0]["gaps"][0]["port"] == 8443


def test_explain_names_the_callers_of_a_namespace() -> None:
    document = plan_document(whole_plan())
    document["classes"] = [{"namespace": "pay", "class": "application", "reasons": ["pays"]}]
    told = explain("pay", document, flow_list((), (), ()), finding_list(()))
    assert "pay/api port 8443, stays open:" in told
    assert "- tools/cron stays outside the mesh (for good)" in told
    assert "- shop/faint -> pay/api:443: is a weak hint" in told
    assert "tools/web, tools/agent" in told
    older = [{key: value for key, value in item.items() if key != "ports"} for item in document["strict"]]
    assert "stays outside the mesh" not in explain(
        "pay", {**document, "strict": older}, flow_list((), (), ()), finding_list(())
    )
