"""Services that an operator makes of a custom resource: a name without a Service that is no typo.

Sources: the documentation of Strimzi, Elastic Cloud on Kubernetes, CloudNativePG, Zalando and Crunchy Postgres,
RabbitMQ, Prometheus operator, MongoDB, Percona, Jaeger, OpenTelemetry, Grafana, Redis operators, Keycloak, MinIO, Solr,
ZooKeeper, ClickHouse, VictoriaMetrics, Flink, Ray, OpenSearch, Oracle MySQL, Knative.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.model.inventory import Inventory
from planner.model.refs import Ref

_MADE: Mapping[str, tuple[str, ...]] = {
    kind: tuple(names.split())
    for kind, names in {
        "Kafka": "*-kafka-bootstrap *-kafka-brokers *-kafka-external-bootstrap *-zookeeper-client *-zookeeper-nodes",
        "KafkaConnect": "*-connect-api",
        "KafkaBridge": "*-bridge-service",
        "Elasticsearch": "*-es-http *-es-transport *-es-internal-http",
        "Kibana": "*-kb-http",
        "ApmServer": "*-apm-http",
        "Logstash": "*-ls-api",
        "Cluster": "*-rw *-ro *-r",
        "Pooler": "*",
        "postgresql": "* *-repl *-pooler *-pooler-repl",
        "PostgresCluster": "*-primary *-replicas *-ha *-pods *-pgbouncer",
        "RabbitmqCluster": "* *-nodes",
        "Prometheus": "prometheus-operated",
        "Alertmanager": "alertmanager-operated",
        "ThanosRuler": "thanos-ruler-operated",
        "MongoDBCommunity": "*-svc",
        "MongoDB": "*-svc",
        "PerconaServerMongoDB": "*-rs0 *-mongos *-cfg",
        "PerconaXtraDBCluster": "*-pxc *-haproxy *-haproxy-replicas *-proxysql",
        "InnoDBCluster": "* *-instances",
        "Jaeger": "*-collector *-collector-headless *-query *-agent",
        "OpenTelemetryCollector": "*-collector *-collector-headless *-collector-monitoring",
        "Grafana": "*-service",
        "Redis": "* *-headless *-additional",
        "RedisCluster": "*-leader *-follower *-leader-headless *-master",
        "RedisFailover": "rfs-* rfr-* rfrm-* rfrs-*",
        "Keycloak": "*-service *-discovery",
        "Tenant": "minio *-hl *-console",
        "SolrCloud": "*-solrcloud-common *-solrcloud-headless",
        "ZookeeperCluster": "*-client *-headless",
        "ClickHouseInstallation": "clickhouse-* chi-*",
        "VMSingle": "vmsingle-*",
        "VMAgent": "vmagent-*",
        "VMAlert": "vmalert-*",
        "VMAlertmanager": "vmalertmanager-*",
        "VMCluster": "vmselect-* vminsert-* vmstorage-*",
        "FlinkDeployment": "*-rest *",
        "RayCluster": "*-head-svc",
        "OpenSearchCluster": "*",
        "CassandraDatacenter": "*-service *-all-pods-service",
        "Service": "*",
    }.items()
}
"""Kind to the names of its Services; the star is the resource's own name."""
_KNATIVE = "serving.knative.dev"


def made_by(host: str, namespace: str, inventory: Inventory) -> Ref | None:
    """Return the custom resource of which an operator makes the Service that a name means, or None.

    Args:
        host: Name as a pod would ask for it: `main-kafka-bootstrap`, also with a namespace or in full.
        namespace: Namespace of the pod.
        inventory: What was read.
    """
    labels = host.lower().rstrip(".").split(".")
    wanted = labels[1] if len(labels) > 1 else namespace
    for kind, names in _MADE.items():
        for obj in inventory.of_kind(kind):
            custom = "." in obj.group and (kind != "Service" or obj.group == _KNATIVE)
            own = obj.ref.name.lower()
            if custom and obj.ref.namespace == wanted and labels[0] in {name.replace("*", own) for name in names}:
                return obj.ref
    return None
