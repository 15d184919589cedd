"""One program of a made-up company as Kubernetes objects: its workload and what stands around it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from benchmarks.pods import Object, chance, config_maps, labels, listens, new, pick, selector, template
from benchmarks.topology import Call, Program

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


def objects(program: Program, calls: Sequence[Call], seed: int) -> list[Object]:
    """Give every object of one program, in the order in which people write them.

    Args:
        program: The program.
        calls: Its calls that are written somewhere; each is written at its `medium`.
        seed: Seed of the company, for the settings that have no meaning here.
    """
    if not program.speaks:
        return [*config_maps(program, calls, seed), _job(program, calls)]
    around = [_secret(program)] if program.kind == "StatefulSet" else [_account(program)]
    found = [*around, *config_maps(program, calls, seed), _workload(program, calls), _service(program)]
    return found + _policies(program)


def _workload(program: Program, calls: Sequence[Call]) -> Object:
    spec: Object = {
        "replicas": 1 + zlib.crc32(program.name.encode()) % 3,
        "revisionHistoryLimit": 5,
        "selector": {"matchLabels": selector(program)},
        "template": template(program, calls),
    }
    if program.kind == "StatefulSet":
        spec = {"serviceName": program.name, **spec}
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}
        spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": claim}]
        spec["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/var/lib/data"}]
    return new("apps/v1", program.kind, program.namespace, program.name, {"spec": spec}, labels(program))


def _job(program: Program, calls: Sequence[Call]) -> Object:
    pod = template(program, calls)
    pod["spec"]["restartPolicy"] = "Never"
    spec: Object = {"backoffLimit": 2, "template": pod}
    if program.kind == "CronJob":
        spec = {"schedule": "15 2 * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": spec}}
    return new("batch/v1", program.kind, program.namespace, program.name, {"spec": spec}, labels(program))


def _service(program: Program) -> Object:
    name = pick(program, _PORT_NAMES[program.speaks], "port")
    port: Object = {"name": name} if name else {}
    port |= {"port": program.port, "targetPort": listens(program), "protocol": "TCP"}
    spec: Object = {"selector": selector(program), "ports": [port]}
    if program.kind == "StatefulSet":
        spec = {"clusterIP": "None", **spec}
    return new("v1", "Service", program.namespace, program.name, {"spec": spec}, labels(program))


def _account(program: Program) -> Object:
    return new("v1", "ServiceAccount", program.namespace, program.name, {"automountServiceAccountToken": False})


def _secret(program: Program) -> Object:
    body = {"type": "Opaque", "stringData": {"password": "generated-not-a-secret"}}
    return new("v1", "Secret", program.namespace, program.name, body)


def _policies(program: Program) -> list[Object]:
    """A disruption budget for one in four, a scaler for one in five of the Deployments."""
    found = []
    if chance(program, 4, "budget"):
        spec: Object = {"maxUnavailable": 1, "selector": {"matchLabels": selector(program)}}
        found.append(new("policy/v1", "PodDisruptionBudget", program.namespace, program.name, {"spec": spec}))
    if program.kind == "Deployment" and chance(program, 5, "scaler"):
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": program.name}
        metric = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
        spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 10}
        spec["metrics"] = [{"type": "Resource", "resource": metric}]
        found.append(new("autoscaling/v2", "HorizontalPodAutoscaler", program.namespace, program.name, {"spec": spec}))
    return found
