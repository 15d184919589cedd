"""Small clusters as YAML, run through the whole pipeline in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from planner.model.snapshot import Snapshot
from planner.pipeline.run import Run
from planner.settings import Settings, from_document

Play = Callable[..., Run]


def app(
    name: str, calls: str = "", *, port: str = "{name: http, port: 80}", image: str = "x/app:1", extra: str = ""
) -> str:
    """Write a namespace with one Deployment and its Service, all of one name; `calls` is a URL in its environment."""
    env = f"env: [{{name: BACKEND_URL, value: '{calls}'}}]" if calls else ""
    return f"""\
apiVersion: v1
kind: Namespace
metadata: {{name: {name}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, version: v1}}}}
    spec:
      {extra or "hostNetwork: false"}
      containers:
      - name: c
        image: {image}
        {env}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{port}]}}
"""


@pytest.fixture
def play(snapshot_of: Callable[..., Snapshot]) -> Play:
    """Give a function that plans texts, with the words of a configuration file as keywords."""

    def start(*texts: str, **words: Any) -> Run:
        settings = from_document(yaml.safe_load(yaml.safe_dump(words)), "meshplan.yaml") if words else Settings()
        return Run(snapshot_of(*texts), settings)

    return start


def life(run: Run, flow: str) -> list[str]:
    """Give the verdicts of a flow in the order in which they come."""
    return [verdict.verdict for _, verdict in run.simulation.lives[flow]]
