"""`meshplan schema`: the JSON Schema of a machine format; `meshplan init`: a first configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner import pipeline
from planner.cli.console import Terminal
from planner.errors import OutputError, UsageError
from planner.report import documents, schemas

_EXAMPLE = """\
# What meshplan cannot read from manifests. Every key may be left out.
istio:
  version: "1.31"          # target version
  # revision: stable       # revision or tag; without it istio-injection=enabled
  # cni: true              # whether Istio's CNI plugin is installed
kubernetes:
  version: "1.33"          # API server and nodes
outboundTrafficPolicy: ALLOW_ANY
plan:
  # maxNamespacesPerPhase: 3
  # maxWorkloadsPerPhase: 40
  # ownerLabel: team       # label of a Namespace that names its owner
  pins: []                 # - {namespace: notify, phase: 1}
  exclude: []              # - {namespace: legacy, reason: retired in spring}
  groups: []               # - [orders, orders-db]
  joinEdge: []             # ingress namespaces that join
namespaces: {}             # ops: {class: platform, owner: sre}
cluster:
  include: []              # further kinds to read from a live cluster: widgets.acme.io, or all
  # timeoutSeconds: 60     # a request to it is given up after this long
flows: []                  # - {from: shop/web, to: shop/cart, port: 8080, protocol: http}
"""


def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="FlowList, FindingList, Plan or VerdictList.")] = "Plan",
) -> None:
    """Print the JSON Schema of a machine format."""
    known = schemas.all_schemas()
    if kind not in known:
        raise UsageError(f"{kind}: no such format", f"one of {', '.join(known)}", "usage")
    Terminal().write(documents.to_json(known[kind]))


def init(
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where to write it.")] = "meshplan.yaml",
) -> None:
    """Write a first meshplan.yaml with every key explained; never overwrites."""
    if Path(path).exists():
        raise OutputError(f"{path}: exists already", "give another name", "init")
    pipeline.save(Path(path), _EXAMPLE)
    typer.echo(f"wrote {path}")
