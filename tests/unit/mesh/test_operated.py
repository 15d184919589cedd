"""Names of Services that an operator makes."""

from __future__ import annotations

import pytest
from evidence.manifests import service

from planner.mesh.operated import made_by


def _resource(kind: str, group: str, name: str, namespace: str = "shop") -> str:
    return f"apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{a: b}}\n"


TEXTS = (
    _resource("Kafka", "kafka.strimzi.io", "main"),
    _resource("RedisFailover", "databases.spotahome.com", "sessions"),
    _resource("Cluster", "postgresql.cnpg.io", "pg", "data"),
    _resource("Service", "serving.knative.dev", "hello"),
    service("plain", 80),
)


@pytest.mark.parametrize(
    ("host", "made"),
    [
        ("main-kafka-bootstrap", "Kafka shop/main"),
        ("main-kafka-bootstrap.shop.svc.cluster.local.", "Kafka shop/main"),
        ("rfs-sessions", "RedisFailover shop/sessions"),
        ("pg-rw.data", "Cluster data/pg"),
        ("hello.shop.svc", "Service shop/hello"),
        ("main-kafka-bootstrp", "None"),
        ("main-kafka-bootstrap.other", "None"),
        ("pg-rw", "None"),
        ("plain", "None"),
        ("", "None"),
    ],
)
def test_made_by(snapshot_of, host, made):
    assert str(made_by(host, "shop", snapshot_of(*TEXTS, namespace="shop").inventory)) == made
