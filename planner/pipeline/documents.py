"""The machine documents of a run, worked out now or written earlier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import InputError
from planner.pipeline.run import Run
from planner.report import documents
from planner.sources.files import text_of


@dataclass(frozen=True)
class Documents:
    """The three machine documents of one run."""

    plan: Mapping[str, Any]
    flows: Mapping[str, Any]
    findings: Mapping[str, Any]


def documents_of(run: Run) -> Documents:
    """Build the documents of a run."""
    return Documents(
        documents.plan_document(run.plan, run.notes),
        documents.flow_list(run.graph.flows, run.graph.blind_spots, run.notes),
        documents.finding_list(run.findings, run.notes),
    )


def documents_in(out: Path) -> Documents:
    """Read the documents that an earlier run wrote.

    Raises:
        InputError: The folder is not one that `meshplan plan` wrote.
    """
    return Documents(*(_document(out / name) for name in ("plan.json", "flows.json", "findings.json")))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(text_of(path))
    except (OSError, ValueError):
        hint = "name the folder that `meshplan plan -d` wrote, or a source with -f"
        raise InputError(f"{path}: not there, or not written by meshplan", hint, "explain") from None
    return document if isinstance(document, dict) else {}
