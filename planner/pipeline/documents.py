"""The machine documents of a run, worked out now or written earlier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.errors import InputError
from planner.pipeline.run import Run
from planner.report import documents
from planner.report.verdicts import verdict_list
from planner.sources.files import text_of


@dataclass(frozen=True)
class Documents:
    """The machine documents of one run; `verdicts` is empty where an older meshplan wrote the others."""

    plan: Mapping[str, Any]
    flows: Mapping[str, Any]
    findings: Mapping[str, Any]
    verdicts: Mapping[str, Any] = field(default_factory=dict)


def documents_of(run: Run) -> Documents:
    """Build the documents of a run."""
    return Documents(
        documents.plan_document(run.plan, run.notes),
        documents.flow_list(run.graph.flows, run.graph.blind_spots, run.notes),
        documents.finding_list(run.findings, run.notes),
        verdict_list(run.simulation, whole=False),
    )


def documents_in(out: Path) -> Documents:
    """Read the documents that an earlier run wrote.

    Raises:
        InputError: The folder is not one that `meshplan plan` wrote.
    """
    verdicts = out / "verdicts.json"
    plan, flows, findings = (_document(out / name) for name in ("plan.json", "flows.json", "findings.json"))
    return Documents(plan, flows, findings, _document(verdicts) if verdicts.exists() else {})


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(text_of(path))
    except (OSError, ValueError):
        hint = "name the folder that `meshplan plan -d` wrote, or a source with -f"
        raise InputError(f"{path}: not there, or not written by meshplan", hint, "explain") from None
    return document if isinstance(document, dict) else {}
