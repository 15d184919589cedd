"""Workloads of which nobody can say whom they call.

What it finds:
    Workloads without any address of a callee in what was read.

Why it matters:
    An address may be in code, in an image or in a Secret. Such a workload is not one without callees: what it calls
    may be cut off by STRICT or REGISTRY_ONLY without anybody having known.

Blocked:
    containers:
      - image: example/fraud-scorer:3      # no address anywhere

Ready:
    containers:
      - image: example/cart:2
        env:
          - name: DB_URL
            value: redis://cart-db:6379

How to fix:
    Declare its calls under `flows:` in meshplan.yaml, or look at its traffic before its phase.

Source: meshplan's own rule: a plan that draws such a workload without arrows has guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP501",
    name="blind-spot",
    title="Nobody can say whom this workload calls",
    severity=Severity.MEDIUM,
    why="What it calls may be cut off without anybody having known.",
    fix="Declare its calls under `flows:` in meshplan.yaml, or look at its traffic before its phase.",
    kinds=(),
    before=Before.STRICT,
)


def check(context: Context) -> Iterator[Finding]:
    """Say of every blind spot what was searched and how to find out."""
    for spot in context.graph.blind_spots:
        if spot.workload.namespace.startswith("kube-"):
            continue
        workload = context.inventory.workload(spot.workload)
        where = (cite(RULE, workload.object, ("metadata", "name")),) if workload else ()
        fix = f"{spot.learn[0].upper()}{spot.learn[1:].rstrip('.')}." if spot.learn else ""
        message = f"calls whom nobody can say: {spot.reason.rstrip('.')}"
        yield finding(RULE, spot.workload, message, where, outcome=Outcome.UNKNOWN, fix=fix)
