"""Which fields of custom resources hold an address that is called, and who calls it.

Sources: the API references of Argo CD, Argo Rollouts and Events, Flux, cert-manager, External Secrets, KEDA, Knative
Eventing, Strimzi, Jaeger, OpenTelemetry, Grafana, Prometheus, VictoriaMetrics, Logging and Fluent operators, Elastic
Cloud on Kubernetes, Velero, CloudNativePG, Dapr, Flagger, HashiCorp Vault, Kiali, Istio (istiod fetches keys).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

SELF = "self"
"""The resource itself stands for pods that an operator makes of it."""
NOBODY = "-"
"""Nobody calls what stands there."""

FOR_PODS = ("injected", "dapr", "dapr-config", "subject")
"""Words for the pods that a resource is meant for; without such a pod nobody calls."""

_CALLS = """
    argoproj.io
        Application argocd-repo-server spec.source.repoURL spec.sources[].repoURL
        Application argocd-application-controller spec.destination.server
        Application - spec.source spec.sources spec.info
        ApplicationSet argocd-repo-server spec.template.spec.source.repoURL spec.template.spec.sources[].repoURL
            spec.generators[].git.repoURL spec.generators[].matrix.generators[].git.repoURL
            spec.generators[].merge.generators[].git.repoURL
        ApplicationSet argocd-application-controller spec.template.spec.destination.server
        ApplicationSet argocd-applicationset-controller spec.generators[].scmProvider spec.generators[].pullRequest
        ApplicationSet - spec.template spec.generators
        AppProject - spec
        AnalysisTemplate argo-rollouts spec.metrics[].provider
        ClusterAnalysisTemplate argo-rollouts spec.metrics[].provider
        EventSource self spec
        Sensor self spec.triggers[].template.http.url spec.triggers[].template.kafka.url
            spec.triggers[].template.nats.url spec.triggers[].template.slack
        EventBus self spec
    source.toolkit.fluxcd.io
        GitRepository source-controller spec.url
        HelmRepository source-controller spec.url
        OCIRepository source-controller spec.url
        Bucket source-controller spec.endpoint
    image.toolkit.fluxcd.io
        ImageRepository image-reflector-controller spec.image
    notification.toolkit.fluxcd.io
        Provider notification-controller spec.address
    helm.toolkit.fluxcd.io
        HelmRelease - spec
    kustomize.toolkit.fluxcd.io
        Kustomization - spec
    helm.cattle.io
        HelmChart - spec
        HelmChartConfig - spec
    fleet.cattle.io
        GitRepo gitjob spec.repo
    cert-manager.io
        Issuer - spec.ca
        ClusterIssuer - spec.ca
        Issuer cert-manager-controller spec
        ClusterIssuer cert-manager-controller spec
        Certificate - spec
    external-secrets.io
        SecretStore external-secrets spec.provider
        ClusterSecretStore external-secrets spec.provider
    generators.external-secrets.io
        VaultDynamicSecret external-secrets spec.provider
    secrets.hashicorp.com
        VaultConnection vault-secrets-operator spec.address
    keda.sh
        ScaledObject keda spec.triggers[].metadata
        ScaledJob keda spec.triggers[].metadata
        TriggerAuthentication keda spec.hashiCorpVault.address
        ClusterTriggerAuthentication keda spec.hashiCorpVault.address
    eventing.knative.dev
        Trigger mt-broker-filter spec.subscriber.uri
    messaging.knative.dev
        Subscription imc-dispatcher spec.subscriber.uri spec.reply.uri
    sources.knative.dev
        PingSource pingsource-mt-adapter spec.sink.uri
        ApiServerSource self spec.sink.uri
        ContainerSource self spec.sink.uri
        KafkaSource kafka-source-dispatcher spec.bootstrapServers spec.sink.uri
        SinkBinding subject spec.sink.uri
    kafka.strimzi.io
        Kafka self spec
        KafkaConnect self spec
        KafkaConnector connect spec.config
        KafkaBridge self spec
        KafkaMirrorMaker self spec.consumer.bootstrapServers spec.producer.bootstrapServers
        KafkaMirrorMaker2 self spec.clusters[].bootstrapServers
    jaegertracing.io
        Jaeger self spec
    opentelemetry.io
        OpenTelemetryCollector - spec.config.receivers
        OpenTelemetryCollector self spec.config
        Instrumentation injected spec.exporter spec.env
        Instrumentation injected:java spec.java.env
        Instrumentation injected:nodejs spec.nodejs.env
        Instrumentation injected:python spec.python.env
        Instrumentation injected:dotnet spec.dotnet.env
        Instrumentation injected:go spec.go.env
        Instrumentation injected:apache-httpd spec.apacheHttpd.env
        Instrumentation injected:nginx spec.nginx.env
    integreatly.org
        GrafanaDataSource kind:Grafana,grafana spec.datasources[].url
    grafana.integreatly.org
        GrafanaDatasource kind:Grafana,grafana spec.datasource.url
        GrafanaDashboard - spec
        Grafana self spec.config
    monitoring.coreos.com
        Prometheus self spec.remoteWrite spec.remoteRead
        PrometheusAgent self spec.remoteWrite
        AlertmanagerConfig kind:Alertmanager,alertmanager spec.receivers
        ThanosRuler self spec.queryEndpoints spec.alertmanagersUrl spec.remoteWrite
        PrometheusRule - spec
    monitoring.grafana.com
        MetricsInstance kind:GrafanaAgent,grafana-agent spec.remoteWrite
        LogsInstance kind:GrafanaAgent,grafana-agent spec.clients
    operator.victoriametrics.com
        VMAgent self spec.remoteWrite
        VMAlert self spec.datasource spec.notifier spec.notifiers spec.remoteWrite spec.remoteRead
        VMRule - spec
    logging.banzaicloud.io
        Output kind:Logging,fluentd spec
        ClusterOutput kind:Logging,fluentd spec
    fluentbit.fluent.io
        Output kind:FluentBit,fluent-bit spec
        ClusterOutput kind:FluentBit,fluent-bit spec
    logging.openshift.io
        ClusterLogForwarder self spec.outputs
    observability.openshift.io
        ClusterLogForwarder self spec.outputs
    velero.io
        BackupStorageLocation - spec.config.publicUrl
        BackupStorageLocation velero spec.config.s3Url
    postgresql.cnpg.io
        Cluster self spec.externalClusters[].connectionParameters spec.backup
    barmancloud.cnpg.io
        ObjectStore backed-up,self spec
    k8s.keycloak.org
        Keycloak self spec.db
        KeycloakRealmImport - spec
    clickhouse.altinity.com
        ClickHouseInstallation self spec.configuration.zookeeper
    solr.apache.org
        SolrCloud self spec.zookeeperRef.connectionInfo
    flink.apache.org
        FlinkDeployment self spec.flinkConfiguration
    kiali.io
        Kiali self spec.external_services
    dapr.io
        Component dapr spec.metadata
        Configuration dapr-config spec.tracing
        HTTPEndpoint dapr spec.baseUrl
    flagger.app
        Canary flagger spec.analysis.webhooks[].url
        MetricTemplate flagger spec.provider.address
        AlertProvider flagger spec.address
    security.istio.io
        RequestAuthentication istiod,pilot spec.jwtRules[].jwksUri
"""
"""API group; below it kind, caller and fields. The first field that holds a text decides who calls it."""


@dataclass(frozen=True, slots=True)
class Call:
    """Fields of one kind and who calls what stands in them.

    Attributes:
        caller: Words for `callers.of`, or `SELF`, or `NOBODY`.
        patterns: Fields, as `patterns.each` takes them; everything below them counts.
    """

    caller: str
    patterns: tuple[str, ...]


def _calls() -> Iterator[tuple[tuple[str, str], Call]]:
    group = ""
    for line in _CALLS.replace("\n            ", " ").strip().splitlines():
        words = line.split()
        if len(words) == 1:
            group = words[0]
        else:
            kind, caller, *patterns = words
            yield (group, kind), Call(caller, tuple(patterns))


def grouped(pairs: Iterator[tuple[tuple[str, str], T]]) -> Mapping[tuple[str, str], tuple[T, ...]]:
    """Collect what belongs to the same group and kind, in the order written."""
    found: dict[tuple[str, str], list[T]] = defaultdict(list)
    for key, item in pairs:
        found[key].append(item)
    return {key: tuple(items) for key, items in found.items()}


CALLS = grouped(_calls())
"""By (group, kind)."""
_CALLING_KINDS = {
    word.removeprefix("kind:")
    for calls in CALLS.values()
    for call in calls
    for word in call.caller.split(",")
    if word.startswith("kind:")
}
KINDS: tuple[str, ...] = tuple(sorted({kind for _, kind in CALLS} | _CALLING_KINDS))
"""Every kind that the tables know."""
