"""Small manifests as text, and the believed flows of a discovery."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from planner.evidence.ground import Ground
from planner.model.flow import Flow


def service(name: str, *ports: Any, namespace: str = "shop", extra: str = "", app: str = "") -> str:
    """A Service; each port a number or `(number, name)` or `(number, name, target)`."""
    lines = []
    for port in ports:
        number, label, target = (*(port if isinstance(port, tuple) else (port,)), "", "")[:3]
        lines.append(
            f"  - port: {number}"
            + (f"\n    name: {label}" if label else "")
            + (f"\n    targetPort: {target}" if target else "")
        )
    head = (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n"
        f"  selector:\n    app: {app or name}\n"
    )
    tail = "  ports:\n" + "\n".join(lines) + "\n" if lines else ""
    return head + textwrap.indent(textwrap.dedent(extra), "  ") + tail


def deployment(
    name: str,
    body: str = "",
    *,
    namespace: str = "shop",
    image: str = "team/app:1",
    pod: str = "",
    kind: str = "Deployment",
) -> str:
    """A Deployment whose only container has the given further fields."""
    head = f"""\
apiVersion: apps/v1
kind: {kind}
metadata:
  name: {name}
  namespace: {namespace}
spec:
  template:
    metadata:
      labels:
        app: {name}
    spec:
"""
    container = f"      containers:\n      - name: main\n        image: {image}\n"
    return (
        head
        + textwrap.indent(textwrap.dedent(pod), " " * 6)
        + container
        + textwrap.indent(textwrap.dedent(body), " " * 8)
    )


def environment(**variables: str) -> str:
    """An `env` list."""
    return "env:\n" + "".join(f"- name: {name}\n  value: {value!r}\n" for name, value in variables.items())


def config_map(name: str, namespace: str = "shop", **files: str) -> str:
    """A ConfigMap; `nginx_conf` becomes the key `nginx.conf`."""
    data = "".join(
        f"  {key.replace('_', '.')}: |\n" + textwrap.indent(textwrap.dedent(text), "    ") + "\n"
        for key, text in files.items()
    )
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: {namespace}\ndata:\n{data}"


def mounting(name: str, config: str, **more: Any) -> str:
    """A Deployment that mounts a ConfigMap."""
    return deployment(
        name,
        "volumeMounts:\n- name: config\n  mountPath: /etc/app\n",
        pod=f"volumes:\n- name: config\n  configMap:\n    name: {config}\n",
        **more,
    )


def application(flows: Iterable[Flow]) -> dict[str, Flow]:
    """Flows that are believed, without probes, by `source -> target:port`."""
    return {flow.id: flow for flow in flows if flow.confidence >= 0.5 and not flow.background}


def sure(ground: Ground) -> float:
    """How sure evidence on this ground alone is, as a flow writes it."""
    return round(ground.sure, 3)
