"""Init containers that use the network: by the flows that were found in them, or by what they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.checks.context import Context
from planner.model.fields import Path, render_path
from planner.model.flow import Evidence
from planner.model.refs import API_SERVER
from planner.model.workloads import Container, Workload

_CLIENTS = re.compile(
    r"(?:^|[\s/;&|(`])(curl|wget|nc|ncat|netcat|telnet|nslookup|dig|getent|psql|pg_isready|mysql|mysqladmin|mongosh?|"
    r"redis-cli|kafka-topics(?:\.sh)?|kubectl|grpcurl|grpc_health_probe|rabbitmqadmin|aws|gsutil|az|git clone|"
    r"wait-for(?:-it)?(?:\.sh)?|dockerize|flyway|liquibase|alembic|migrate|goose|rake db:\w+|npm install|pip install)"
    r"(?=$|[\s;&|)`])"
)
_IMAGES = re.compile(
    r"curl|wget|flyway|liquibase|wait-for|wait4|k8s-wait|dockerize|migrat|kubectl|netshoot|git-sync|grpcurl|git-clone"
)
_LOCAL_ONLY = re.compile(r"\b(?:chmod|chown|cp|mv|mkdir|sysctl|touch|ln|rm|tar|sed|echo)\b")


@dataclass(frozen=True, slots=True, eq=False)
class InitCall:
    """One init container that calls.

    Attributes:
        container: The init container.
        targets: Whom it calls, as text; empty where only its tool is known.
        evidence: Where the callees stand; empty where only its tool is known.
        path: Where the tool stands.
        why: The tool in words.
    """

    container: Container
    targets: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    path: Path
    why: str


def init_calls(context: Context, workload: Workload) -> Iterator[InitCall]:
    """Yield the init containers of a workload that call somebody; native sidecars of its own are left out."""
    for container in workload.containers:
        if not container.init or container.sidecar:
            continue
        targets, evidence = _found(context, workload, container)
        if targets:
            yield InitCall(container, targets, evidence, container.path, "")
        elif tool := _tool(container) or _asks_api(context, workload, container):
            yield InitCall(container, (), (), *tool)


def _found(context: Context, workload: Workload, container: Container) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    prefix = render_path(container.path)
    seen: dict[str, Evidence] = {}
    for flow in context.graph.calls_of(workload.ref):
        for evidence in flow.evidence:
            inside = evidence.field.startswith((f"{prefix}.", f"{prefix}[")) and evidence.object == str(workload.ref)
            if inside and evidence.reader != "probes":
                port = f":{flow.port}" if flow.port else ""
                seen.setdefault(f"{flow.target.text}{port}", evidence)
    return tuple(sorted(seen)), tuple(dict.fromkeys(seen[name] for name in sorted(seen)))


def _asks_api(context: Context, workload: Workload, container: Container) -> tuple[Path, str] | None:
    """Take a program of the application's own image for one that asks the API server, where the pod may do so."""
    same = {c.image for c in workload.containers if c is not container}
    local = any(_LOCAL_ONLY.search(word) for _, word in container.words)
    asks = any(flow.target == API_SERVER for flow in context.graph.calls_of(workload.ref))
    if not asks or local or not container.words or container.image in same or _SHELL.search(container.image):
        return None
    return container.words[0][0], "a program, in a pod that may ask the API server"


_SHELL = re.compile(r"busybox|alpine|bash|debian|ubuntu|distroless")


def _tool(container: Container) -> tuple[Path, str] | None:
    for path, word in container.words:
        match = _CLIENTS.search(word)
        if match and "localhost" not in word and "127.0.0.1" not in word:
            return path, match[1]
    image = container.image.rpartition("/")[2].lower()
    named = _IMAGES.search(image)
    local = any(_LOCAL_ONLY.search(word) for _, word in container.words)
    return ((*container.path, "image"), f"image {image}") if named and not local else None
