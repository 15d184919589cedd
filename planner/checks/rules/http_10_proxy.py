"""nginx that speaks HTTP/1.0 to what it calls.

What it finds:
    `proxy_pass` in a mounted configuration without `proxy_http_version 1.1` at its own or an outer level.

Why it matters:
    nginx speaks HTTP/1.0 to upstreams unless it is told otherwise (the newest releases changed that). A sidecar
    answers such requests on ports declared HTTP with 426.

Blocked:
    location / {
      proxy_pass http://cart:8080;
    }

Ready:
    location / {
      proxy_http_version 1.1;
      proxy_pass http://cart:8080;
    }

How to fix:
    Set `proxy_http_version 1.1;` once at the level of `http` or `server`.

Source: istio/istio pilot/pkg/networking/core/listener.go plaintextHTTPALPNs (unless PILOT_HTTP10 is set);
ngx_http_proxy_module.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.proxies.rewrites import places
from planner.checks.words import some
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS

RULE = Rule(
    id="MP308",
    name="http-10-proxy",
    title="nginx speaks HTTP/1.0 to what it calls",
    severity=Severity.MEDIUM,
    why="A sidecar answers HTTP/1.0 with 426 on ports declared HTTP.",
    fix="Set `proxy_http_version 1.1;` once at the level of `http` or `server`.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every proxy once, with the first places."""
    for workload in context.workloads:
        old = [place for place in places(context).get(workload.ref, ()) if not place.modern]
        if not old:
            continue
        where = tuple(
            cite(RULE, place.text.object, place.text.path, place.passing.text, place.passing.targets[0].offset)
            for place in old[:3]
        )
        names = some(f"{target.host}" for place in old for target in place.passing.targets)
        message = f"passes requests on to {names} without proxy_http_version 1.1, so nginx may speak HTTP/1.0"
        yield finding(RULE, workload.ref, message, where, outcome=Outcome.ADVICE, confidence=0.8)
