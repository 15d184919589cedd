"""The pod template of one program of a made-up company: container, addresses, configuration, labels."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from benchmarks.config_text import address, configuration, named
from benchmarks.topology import Call, Program

Object = dict[str, Any]
"""A Kubernetes object as plain values."""

_IMAGES = {
    "postgres": "postgres:16.8",
    "mysql": "mysql:8.4.4",
    "redis": "redis:7.4.2",
    "mongo": "mongo:7.0.16",
    "amqp": "rabbitmq:3.13.7-management",
    "kafka": "apache/kafka:3.9.0",
    "nginx": "nginx:1.27.4",
}
_LISTENS = {"http": 8080, "grpc": 9090}
_PORT_NAMES = {
    "http": ("http", "http", "http", "http-api", "web", "api-http", ""),
    "grpc": ("grpc", "grpc", "grpc-api", "tcp-rpc", "api"),
    "postgres": ("tcp-postgres", "postgresql", "db"),
    "mysql": ("mysql", "db", "tcp-mysql"),
    "redis": ("redis", "tcp-redis", "http"),
    "mongo": ("mongo", "mongodb"),
    "amqp": ("amqp", "tcp-amqp"),
    "kafka": ("tcp-kafka", "kafka"),
}


def new(version: str, kind: str, namespace: str, name: str, body: Object, labels: Object | None = None) -> Object:
    """Give an object with its head; `body` holds what follows the metadata."""
    metadata: Object = {"name": name, "namespace": namespace}
    if labels:
        metadata["labels"] = dict(labels)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def chance(program: Program, of: int, salt: str) -> bool:
    """Say yes for one in `of` programs, always the same ones."""
    return zlib.crc32(f"{salt}/{program.ref}".encode()) % of == 0


def pick(program: Program, choices: Sequence[str], salt: str) -> str:
    """Choose one of `choices` for a program, always the same one."""
    return choices[zlib.crc32(f"{salt}/{program.ref}".encode()) % len(choices)]


def selector(program: Program) -> Object:
    """Give the labels by which its Service and its workload find its pods."""
    key = pick(program, ("app", "app", "app.kubernetes.io/name", "k8s-app"), "label")
    return {key: program.name}


def labels(program: Program) -> Object:
    """Give the labels of its pods; one program in three carries no version."""
    found = selector(program)
    if not chance(program, 3, "version"):
        found["app.kubernetes.io/version" if "app.kubernetes.io/name" in found else "version"] = _version(program)
    return found


def listens(program: Program) -> int:
    """Give the port of the container; only its Service may show another."""
    return program.port if program.language == "none" else _LISTENS.get(program.speaks, program.port)


def config_maps(program: Program, calls: Sequence[Call], seed: int) -> list[Object]:
    """Give the ConfigMaps of a program: its file, and the addresses that it takes as environment."""
    found = []
    if _has_file(program, calls):
        name, text = configuration(program, _of(calls, "config"), seed)
        found.append(new("v1", "ConfigMap", program.namespace, f"{program.name}-config", {"data": {name: text}}))
    if _of(calls, "envfrom"):
        data = {_variable(key, "ADDRESS"): value for key, value in named(_of(calls, "envfrom")).items()}
        found.append(new("v1", "ConfigMap", program.namespace, f"{program.name}-env", {"data": data}))
    return found


def template(program: Program, calls: Sequence[Call]) -> Object:
    """Give the pod template of a program."""
    container = _container(program, calls)
    metadata: Object = {"labels": labels(program)}
    spec: Object = {"containers": [container]}
    if program.kind == "Deployment":
        spec = {"serviceAccountName": program.name, **spec}
    if program.speaks == "http":
        metadata["annotations"] = {"prometheus.io/scrape": "true", "prometheus.io/port": str(listens(program))}
    if _has_file(program, calls):
        path = "/etc/nginx" if program.language == "nginx" else "/etc/main"
        container["volumeMounts"] = [{"name": "config", "mountPath": path, "readOnly": True}]
        spec["volumes"] = [{"name": "config", "configMap": {"name": f"{program.name}-config"}}]
    return {"metadata": metadata, "spec": spec}


def _of(calls: Sequence[Call], medium: str) -> list[Call]:
    return [call for call in calls if call.medium == medium]


def _has_file(program: Program, calls: Sequence[Call]) -> bool:
    """Whether it reads a configuration file: where a call is written in one, and three in four others."""
    return program.language != "none" and (bool(_of(calls, "config")) or not chance(program, 4, "config"))


def _version(program: Program) -> str:
    number = zlib.crc32(program.ref.encode())
    return f"{number % 9}.{number % 41}.{number % 13}"


def _image(program: Program) -> str:
    stock = _IMAGES.get(program.language) or _IMAGES.get(program.speaks)
    return stock or f"registry.company.internal/{program.namespace}/{program.name}:{_version(program)}"


def _variable(name: str, tail: str) -> str:
    return f"{name}-{tail}".upper().replace("-", "_")


def _env(program: Program, calls: Sequence[Call]) -> list[Object]:
    env: list[Object] = [{"name": "LOG_LEVEL", "value": "info"}, {"name": "TZ", "value": "UTC"}]
    env += [{"name": _variable(key, "URL"), "value": url} for key, url in named(_of(calls, "env")).items()]
    for key, pair in named(_of(calls, "hostport"), lambda call: f"{call.host} {call.port}").items():
        host, port = pair.split()
        env += [{"name": _variable(key, "HOST"), "value": host}, {"name": _variable(key, "PORT"), "value": port}]
    if program.kind == "StatefulSet":
        reference = {"secretKeyRef": {"name": program.name, "key": "password"}}
        env.append({"name": "STORE_PASSWORD", "valueFrom": reference})
    return env


def _container(program: Program, calls: Sequence[Call]) -> Object:
    made: Object = {"name": "main", "image": _image(program)}
    if _of(calls, "args"):
        made["args"] = [f"--{key}={value}" for key, value in named(_of(calls, "args"), address).items()]
    made["env"] = _env(program, calls)
    if _of(calls, "envfrom"):
        made["envFrom"] = [{"configMapRef": {"name": f"{program.name}-env"}}]
    if program.speaks:
        made |= _ports_and_probes(program)
    made["resources"] = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}
    made["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return made


def _ports_and_probes(program: Program) -> Object:
    port = listens(program)
    name = program.speaks if program.speaks in _LISTENS else "main"
    probe: Object = {"tcpSocket": {"port": port}}
    if program.speaks == "http":
        probe = {"httpGet": {"path": "/ready", "port": name}}
    return {
        "ports": [{"name": name, "containerPort": port}],
        "readinessProbe": probe | {"periodSeconds": 10, "timeoutSeconds": 3},
        "livenessProbe": probe | {"initialDelaySeconds": 30, "failureThreshold": 5},
    }
