"""The corpora's mechanical findings, which are complete by their own rules, against the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from planner.checks.context import is_system
from planner.checks.run import run
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.settings import Settings
from planner.sources.read import read

RULES = {
    "AGGREGATED_API": ("MP403",),
    "APP_PROTOCOL_UNKNOWN": ("MP203",),
    "BARE_POD": ("MP107",),
    "CAP_ALL": ("MP120", "MP101"),
    "CAP_NET_ADMIN": ("MP120", "MP101"),
    "CAP_NET_RAW": ("MP120", "MP101"),
    "CAP_SYS_ADMIN": ("MP120", "MP101"),
    "CONVERSION_WEBHOOK": ("MP403",),
    "CRONJOB": ("MP103",),
    "EXTERNAL_NAME": ("MP211",),
    "HEADLESS_SERVICE": ("MP209", "MP210"),
    "HOST_NETWORK": ("MP101",),
    "HOST_PORT": ("MP306", "MP101"),
    "INJECT_NAMESPACE_LABEL": ("MP115", "MP116"),
    "INJECT_OVERRIDE": ("MP115", "MP116"),
    "JOB": ("MP103",),
    "LABEL_APP_MISSING": ("MP102",),
    "LABEL_VERSION_MISSING": ("MP102",),
    "NETPOL_EGRESS": ("MP402",),
    "NETPOL_INGRESS": ("MP402",),
    "OTHER_MESH": ("MP118",),
    "PORT_NAME_NO_PROTOCOL": ("MP201", "MP206"),
    "PORT_PROTOCOL_CONFLICT": ("MP207",),
    "PORT_UNNAMED": ("MP201", "MP206", "MP208"),
    "PRIVILEGED": ("MP120", "MP101"),
    "RESERVED_PORT": ("MP105",),
    "SCTP_PORT": ("MP208",),
    "SERVICE_NO_SELECTOR": ("MP210",),
    "SERVICE_SELECTS_NOTHING": ("MP210",),
    "SIDECAR_TUNING": ("MP121",),
    "TARGET_PORT_UNRESOLVED": ("MP210",),
    "UDP_PORT": ("MP208",),
    "UID_1337": ("MP104",),
    "WEBHOOK": ("MP403",),
}
"""Code of a corpus to the rules of which one must speak."""


def missed(corpus: Path) -> list[str]:
    """List the mechanical findings of one corpus that no rule has."""
    truth: dict[str, Any] = yaml.safe_load((corpus / "expected.yaml").read_text(encoding="utf-8"))
    snapshot = read([str(corpus / "manifests")], truth.get("default_namespace") or "default")
    found = collect(snapshot, Settings())
    said = {
        (item.rule, name)
        for item in run(snapshot, TrafficGraph(found.flows, found.blind_spots), Settings())
        for name in (str(item.subject), *(evidence.object for evidence in item.evidence))
    }
    return [
        f"{row['code']} {row['object']}"
        for row in truth["readiness"]
        if row["basis"] == "mechanical"
        and row["code"] in RULES
        and not is_system(row["object"].partition(" ")[2].partition("/")[0])
        and not any((rule, row["object"]) in said for rule in RULES[row["code"]])
    ]


def test_every_mechanical_finding_is_found(corpora: tuple[Path, ...]) -> None:
    assert {corpus.name: lost for corpus in corpora if (lost := missed(corpus))} == {}
