"""Workloads that an operator writes, and custom resources that stand for pods.

What it finds:
    Workloads whose owner is a custom resource, and custom resources of well-known operators whose pods are not
    in what was read.

Why it matters:
    The operator undoes a patch of what it wrote, and some operators stumble over a second container. Labels and
    annotations go into the custom resource, if it has a place for them.

Blocked:
    kind: StatefulSet
    metadata:
      ownerReferences:
        - {kind: PostgresCluster, name: db, controller: true}

Ready:
    kind: StatefulSet

How to fix:
    Set pod labels and annotations in the custom resource, and ask the operator's documentation about sidecars.

Source: meshplan's own rule; what an operator allows is in its own documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.fields import list_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import owner_of

_OWNED = """Alertmanager AerospikeCluster Cassandra CassandraDatacenter ClickHouseInstallation Cluster Couchbase
CronWorkflow Druid Elasticsearch EtcdCluster FlinkDeployment Grafana
Infinispan InnoDBCluster Jaeger Kafka KafkaConnect Keycloak
Kibana MongoDB MongoDBCommunity OpenSearchCluster OpenTelemetryCollector PerconaServerMongoDB PerconaXtraDBCluster
PostgresCluster Prometheus PrometheusAgent PulsarCluster RabbitmqCluster RayCluster Redis RedisCluster RedisFailover
ScyllaCluster SolrCloud SparkApplication Tenant ThanosRuler VMAgent VMCluster VMSingle VitessCluster Workflow
ZookeeperCluster postgresql"""

RULE = Rule(
    id="MP117",
    name="operator-managed-workload",
    title="An operator writes the pods, so a patch of them does not last",
    severity=Severity.MEDIUM,
    why="Labels and annotations must go into the custom resource.",
    fix="Set pod labels and annotations in the custom resource, and ask the operator's documentation about sidecars.",
    kinds=(*WORKLOAD_KINDS, *sorted(_OWNED.split())),
    before=Before.RESTART,
)

_BUILT_IN = (*WORKLOAD_KINDS, "Node")
_GROUPS = ("", "apps", "batch")


def check(context: Context) -> Iterator[Finding]:
    """Flag owned workloads and the custom resources of well-known operators."""
    for workload in context.workloads:
        owner = owner_of(workload.object.raw)
        if owner and owner[0] not in _BUILT_IN:
            where = cite(RULE, workload.object, ("metadata", "ownerReferences"))
            message = f"is written by an operator (owner {owner[0]} {owner[1]}), which undoes a patch"
            yield finding(RULE, workload.ref, message, (where,), outcome=Outcome.ADVICE)
    for custom in context.of_kind(*sorted(_OWNED.split())):
        if custom.group not in _GROUPS and "istio" not in custom.group and not list_at(custom.raw, "spec", "template"):
            message = "stands for pods that an operator writes; labels and annotations go into its spec"
            where = cite(RULE, custom, ("kind",))
            yield finding(RULE, custom.ref, message, (where,), outcome=Outcome.ADVICE)
