"""DestinationRules whose TLS does not do what it looks like.

What it finds:
    `tls` without a mode, credentials that sidecars ignore, ports that drop the host's TLS, and what else Istio
    refuses or misreads in the TLS of a DestinationRule.

Why it matters:
    `tls: {}` means DISABLE, so it sends plaintext. `credentialName` without a `workloadSelector` is ignored by
    sidecars, which then send plaintext too.

Blocked:
    trafficPolicy:
      tls: {}

Ready:
    trafficPolicy:
      tls:
        mode: SIMPLE

How to fix:
    Name the mode, or remove the block and let automatic mutual TLS decide.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/model/push_context.go destinationRule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.destination_rule import destination_rule_problems
from planner.mesh.problem import ERROR, Problem
from planner.model.fields import Path, map_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP404",
    name="destination-rule-tls-without-mode",
    title="The TLS of a DestinationRule does not do what it looks like",
    severity=Severity.HIGH,
    why="Sidecars send plaintext where TLS was meant.",
    fix="Name the mode, or remove the block and let automatic mutual TLS decide.",
    kinds=("DestinationRule",),
    before=Before.RESTART,
)

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def check(context: Context) -> Iterator[Finding]:
    """Flag every fault in the TLS of every rule."""
    for obj in context.of_kind("DestinationRule"):
        if "istio.io" not in obj.group:
            continue
        for problem in destination_rule_problems(map_at(obj.raw, "spec"), obj.ref.namespace):
            if "tls" in problem.rule:
                where = cite(RULE, obj, _path(problem))
                severe = problem.severity == ERROR
                yield finding(
                    RULE, obj.ref, problem.message.partition(";")[0], (where,),
                    outcome=Outcome.BLOCKED if severe else Outcome.ADVICE,
                    severity=Severity.HIGH if severe else Severity.MEDIUM, detail=problem.field,
                )  # fmt: skip


def _path(problem: Problem) -> Path:
    return tuple(int(match[2]) if match[2] else match[1] for match in _STEP.finditer(problem.field))
