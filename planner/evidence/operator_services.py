"""References of custom resources to Services that an operator makes, and fields that open such a Service.

Sources: the API references of Elastic Cloud on Kubernetes, CloudNativePG, Knative Eventing, Grafana, RabbitMQ, Crunchy
and Zalando Postgres, OpenSearch, VictoriaMetrics, MinIO operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.evidence.operator_tables import grouped

_REFERENCES = """
    kibana.k8s.elastic.co Kibana self spec.elasticsearchRef -es-http 9200 https
    kibana.k8s.elastic.co Kibana self spec.enterpriseSearchRef -ent-http 3002 https
    kibana.k8s.elastic.co Kibana self spec.monitoring.metrics.elasticsearchRefs[] -es-http 9200 https
    kibana.k8s.elastic.co Kibana self spec.monitoring.logs.elasticsearchRefs[] -es-http 9200 https
    elasticsearch.k8s.elastic.co Elasticsearch self spec.monitoring.metrics.elasticsearchRefs[] -es-http 9200 https
    elasticsearch.k8s.elastic.co Elasticsearch self spec.monitoring.logs.elasticsearchRefs[] -es-http 9200 https
    elasticsearch.k8s.elastic.co Elasticsearch self spec.remoteClusters[].elasticsearchRef -es-transport 9300 tls
    apm.k8s.elastic.co ApmServer self spec.elasticsearchRef -es-http 9200 https
    apm.k8s.elastic.co ApmServer self spec.kibanaRef -kb-http 5601 https
    beat.k8s.elastic.co Beat self spec.elasticsearchRef -es-http 9200 https
    beat.k8s.elastic.co Beat self spec.monitoring.elasticsearchRefs[] -es-http 9200 https
    beat.k8s.elastic.co Beat self spec.kibanaRef -kb-http 5601 https
    logstash.k8s.elastic.co Logstash self spec.elasticsearchRefs[] -es-http 9200 https
    logstash.k8s.elastic.co Logstash self spec.monitoring.metrics.elasticsearchRefs[] -es-http 9200 https
    agent.k8s.elastic.co Agent self spec.elasticsearchRefs[] -es-http 9200 https
    agent.k8s.elastic.co Agent self spec.kibanaRef -kb-http 5601 https
    agent.k8s.elastic.co Agent self spec.fleetServerRef -agent-http 8220 https
    enterprisesearch.k8s.elastic.co EnterpriseSearch self spec.elasticsearchRef -es-http 9200 https
    maps.k8s.elastic.co ElasticMapsServer self spec.elasticsearchRef -es-http 9200 https
    postgresql.cnpg.io Pooler self spec.cluster -rw 5432 postgres
    eventing.knative.dev Trigger mt-broker-filter spec.subscriber.ref . 0 http
    messaging.knative.dev Subscription imc-dispatcher spec.subscriber.ref . 0 http
    messaging.knative.dev Subscription imc-dispatcher spec.reply.ref . 0 http
    sources.knative.dev PingSource pingsource-mt-adapter spec.sink.ref . 0 http
    sources.knative.dev ApiServerSource self spec.sink.ref . 0 http
    sources.knative.dev ContainerSource self spec.sink.ref . 0 http
    sources.knative.dev KafkaSource kafka-source-dispatcher spec.sink.ref . 0 http
    sources.knative.dev SinkBinding subject spec.sink.ref . 0 http
"""
"""API group, kind, caller, field of a reference, what is added to its name, port (0: the Service's own), protocol."""

_ENTRIES = """
    elasticsearch.k8s.elastic.co Elasticsearch spec.http.service.spec.type *-es-http 9200 https
    kibana.k8s.elastic.co Kibana spec.http.service.spec.type *-kb-http 5601 https
    apm.k8s.elastic.co ApmServer spec.http.service.spec.type *-apm-http 8200 https
    grafana.integreatly.org Grafana spec.service.spec.type *-service 3000 http
    rabbitmq.com RabbitmqCluster spec.service.type * 5672 amqp
    postgres-operator.crunchydata.com PostgresCluster spec.service.type *-ha 5432 postgres
    opensearch.opster.io OpenSearchCluster spec.dashboards.service.type *-dashboards 5601 http
    operator.victoriametrics.com VMSingle spec.serviceSpec.spec.type vmsingle-* 8429 http
    minio.min.io Tenant spec.exposeServices.minio minio 443 https
    acid.zalan.do postgresql spec.enableMasterLoadBalancer * 5432 postgres
"""
"""API group, kind, field that opens its Service to the outside, name of the Service, its port, protocol."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a custom resource that opens the Service that an operator makes of it.

    Attributes:
        pattern: The field; `NodePort`, `LoadBalancer` or true open it.
        service: Name of the Service; the star is the resource's own name.
        port: Its port.
        protocol: What is spoken.
    """

    pattern: str
    service: str
    port: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to another resource, whose Service is called.

    Attributes:
        caller: As for `Call`.
        pattern: Field that holds the reference.
        suffix: What the Service's name has after the resource's name.
        port: Port of the Service; 0 for its own only one.
        protocol: What is spoken.
    """

    caller: str
    pattern: str
    suffix: str
    port: int
    protocol: str


def _references() -> Iterator[tuple[tuple[str, str], Reference]]:
    for group, kind, caller, pattern, suffix, port, protocol in map(str.split, _REFERENCES.strip().splitlines()):
        yield (group, kind), Reference(caller, pattern, suffix.strip("."), int(port), protocol)


def _entries() -> Iterator[tuple[tuple[str, str], Entry]]:
    for group, kind, pattern, service, port, protocol in map(str.split, _ENTRIES.strip().splitlines()):
        yield (group, kind), Entry(pattern, service, int(port), protocol)


REFERENCES = grouped(_references())
"""By (group, kind)."""
ENTRIES = grouped(_entries())
"""By (group, kind)."""
