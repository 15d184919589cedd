"""Where the kinds that meshplan reads live in the API, and what cannot be known without each.

Sources: kubernetes/kubernetes API reference (`kubectl api-resources`); istio/api
kubernetes/customresourcedefinitions.gen.yaml; the CustomResourceDefinitions of the operators named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """One kind as the API serves it.

    Attributes:
        group: API group, empty for the core group.
        plural: Name in a URL and in a role.
        kind: Name in a manifest.
        tells: What cannot be known without it, as the end of a sentence.
    """

    group: str
    plural: str
    kind: str
    tells: str = "what it declares"

    @property
    def name(self) -> str:
        """`deployments.apps`, as kubectl takes it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


_ROUTES = "which routes lead to which Services"
_PODS = "which workloads there are"
_OPERATED = "which pods an operator writes"
_MESH = "what the mesh does already"

_TABLE = {
    _PODS: """
        Pod pods; ReplicationController replicationcontrollers
        Deployment deployments.apps; StatefulSet statefulsets.apps; DaemonSet daemonsets.apps
        ReplicaSet replicasets.apps; Job jobs.batch; CronJob cronjobs.batch
        Rollout rollouts.argoproj.io; DeploymentConfig deploymentconfigs.apps.openshift.io""",
    "which namespaces there are, and which are in the mesh": "Namespace namespaces",
    "who can be called, and on which ports": "Service services",
    "where a Service without a selector leads": "Endpoints endpoints; EndpointSlice endpointslices.discovery.k8s.io",
    "the addresses in configuration files": "ConfigMap configmaps",
    "who uses the API server": """
        ServiceAccount serviceaccounts
        Role roles.rbac.authorization.k8s.io; RoleBinding rolebindings.rbac.authorization.k8s.io
        ClusterRole clusterroles.rbac.authorization.k8s.io
        ClusterRoleBinding clusterrolebindings.rbac.authorization.k8s.io""",
    "the versions of the nodes": "Node nodes",
    "which servers of network storage the nodes mount": "PersistentVolume persistentvolumes",
    "whether there is room for the proxies": "ResourceQuota resourcequotas; LimitRange limitranges",
    "what comes in from outside": """
        Ingress ingresses.networking.k8s.io; IngressClass ingressclasses.networking.k8s.io""",
    "which ports a policy lets through": "NetworkPolicy networkpolicies.networking.k8s.io",
    "how many pods may be replaced at once": "PodDisruptionBudget poddisruptionbudgets.policy",
    "who scales on the load of a container": "HorizontalPodAutoscaler horizontalpodautoscalers.autoscaling",
    "whom the API server calls, and which injectors are installed": """
        MutatingWebhookConfiguration mutatingwebhookconfigurations.admissionregistration.k8s.io
        ValidatingWebhookConfiguration validatingwebhookconfigurations.admissionregistration.k8s.io
        APIService apiservices.apiregistration.k8s.io
        CustomResourceDefinition customresourcedefinitions.apiextensions.k8s.io""",
    _ROUTES: """
        HTTPRoute httproutes.gateway.networking.k8s.io; GRPCRoute grpcroutes.gateway.networking.k8s.io
        TLSRoute tlsroutes.gateway.networking.k8s.io; TCPRoute tcproutes.gateway.networking.k8s.io
        UDPRoute udproutes.gateway.networking.k8s.io; Gateway gateways.gateway.networking.k8s.io
        Route routes.route.openshift.io
        IngressRoute ingressroutes.traefik.io; IngressRouteTCP ingressroutetcps.traefik.io
        IngressRouteUDP ingressrouteudps.traefik.io; TraefikService traefikservices.traefik.io
        Middleware middlewares.traefik.io; HTTPProxy httpproxies.projectcontour.io
        ExtensionService extensionservices.projectcontour.io
        GatewayClass gatewayclasses.gateway.networking.k8s.io
        ReferenceGrant referencegrants.gateway.networking.k8s.io
        Backend backends.gateway.envoyproxy.io; SecurityPolicy securitypolicies.gateway.envoyproxy.io
        EnvoyExtensionPolicy envoyextensionpolicies.gateway.envoyproxy.io
        TCPIngress tcpingresses.configuration.konghq.com; UDPIngress udpingresses.configuration.konghq.com
        KongPlugin kongplugins.configuration.konghq.com; KongClusterPlugin kongclusterplugins.configuration.konghq.com
        Mapping mappings.getambassador.io; TCPMapping tcpmappings.getambassador.io
        AuthService authservices.getambassador.io; RateLimitService ratelimitservices.getambassador.io
        TracingService tracingservices.getambassador.io; LogService logservices.getambassador.io
        VirtualServer virtualservers.k8s.nginx.org; VirtualServerRoute virtualserverroutes.k8s.nginx.org
        TransportServer transportservers.k8s.nginx.org; Policy policies.k8s.nginx.org
        ApisixRoute apisixroutes.apisix.apache.org; ApisixPluginConfig apisixpluginconfigs.apisix.apache.org
        RouteGroup routegroups.zalando.org; TargetGroupBinding targetgroupbindings.elbv2.k8s.aws
        VirtualService virtualservices.gateway.solo.io; RouteTable routetables.gateway.solo.io
        Upstream upstreams.gloo.solo.io""",
    _MESH: """
        VirtualService virtualservices.networking.istio.io; DestinationRule destinationrules.networking.istio.io
        ServiceEntry serviceentries.networking.istio.io; Sidecar sidecars.networking.istio.io
        Gateway gateways.networking.istio.io; EnvoyFilter envoyfilters.networking.istio.io
        PeerAuthentication peerauthentications.security.istio.io
        AuthorizationPolicy authorizationpolicies.security.istio.io
        RequestAuthentication requestauthentications.security.istio.io
        Telemetry telemetries.telemetry.istio.io; WasmPlugin wasmplugins.extensions.istio.io""",
    "what is scraped": """
        Prometheus prometheuses.monitoring.coreos.com; PrometheusAgent prometheusagents.monitoring.coreos.com
        Alertmanager alertmanagers.monitoring.coreos.com; ThanosRuler thanosrulers.monitoring.coreos.com
        ServiceMonitor servicemonitors.monitoring.coreos.com; PodMonitor podmonitors.monitoring.coreos.com
        Probe probes.monitoring.coreos.com; ScrapeConfig scrapeconfigs.monitoring.coreos.com
        VMServiceScrape vmservicescrapes.operator.victoriametrics.com
        VMPodScrape vmpodscrapes.operator.victoriametrics.com""",
    "whom a controller calls": """
        GitRepository gitrepositories.source.toolkit.fluxcd.io
        HelmRepository helmrepositories.source.toolkit.fluxcd.io
        OCIRepository ocirepositories.source.toolkit.fluxcd.io; Bucket buckets.source.toolkit.fluxcd.io
        Issuer issuers.cert-manager.io; ClusterIssuer clusterissuers.cert-manager.io
        SecretStore secretstores.external-secrets.io; ClusterSecretStore clustersecretstores.external-secrets.io
        ScaledObject scaledobjects.keda.sh; ScaledJob scaledjobs.keda.sh
        TriggerAuthentication triggerauthentications.keda.sh
        ClusterTriggerAuthentication clustertriggerauthentications.keda.sh
        Application applications.argoproj.io; ApplicationSet applicationsets.argoproj.io
        AppProject appprojects.argoproj.io; AnalysisTemplate analysistemplates.argoproj.io
        ClusterAnalysisTemplate clusteranalysistemplates.argoproj.io
        ImageRepository imagerepositories.image.toolkit.fluxcd.io
        Provider providers.notification.toolkit.fluxcd.io; HelmRelease helmreleases.helm.toolkit.fluxcd.io
        Kustomization kustomizations.kustomize.toolkit.fluxcd.io
        HelmChart helmcharts.helm.cattle.io; HelmChartConfig helmchartconfigs.helm.cattle.io
        GitRepo gitrepos.fleet.cattle.io; Certificate certificates.cert-manager.io
        VaultDynamicSecret vaultdynamicsecrets.generators.external-secrets.io
        VaultConnection vaultconnections.secrets.hashicorp.com
        Trigger triggers.eventing.knative.dev; Subscription subscriptions.messaging.knative.dev
        PingSource pingsources.sources.knative.dev; ApiServerSource apiserversources.sources.knative.dev
        ContainerSource containersources.sources.knative.dev; KafkaSource kafkasources.sources.knative.dev
        SinkBinding sinkbindings.sources.knative.dev
        Instrumentation instrumentations.opentelemetry.io
        GrafanaDataSource grafanadatasources.integreatly.org
        GrafanaDatasource grafanadatasources.grafana.integreatly.org
        GrafanaDashboard grafanadashboards.grafana.integreatly.org
        AlertmanagerConfig alertmanagerconfigs.monitoring.coreos.com
        PrometheusRule prometheusrules.monitoring.coreos.com
        GrafanaAgent grafanaagents.monitoring.grafana.com; MetricsInstance metricsinstances.monitoring.grafana.com
        LogsInstance logsinstances.monitoring.grafana.com
        VMAlert vmalerts.operator.victoriametrics.com; VMRule vmrules.operator.victoriametrics.com
        Logging loggings.logging.banzaicloud.io; Output outputs.logging.banzaicloud.io
        ClusterOutput clusteroutputs.logging.banzaicloud.io; FluentBit fluentbits.fluentbit.fluent.io
        Output outputs.fluentbit.fluent.io; ClusterOutput clusteroutputs.fluentbit.fluent.io
        ClusterLogForwarder clusterlogforwarders.logging.openshift.io
        ClusterLogForwarder clusterlogforwarders.observability.openshift.io
        BackupStorageLocation backupstoragelocations.velero.io
        KeycloakRealmImport keycloakrealmimports.k8s.keycloak.org; Kiali kialis.kiali.io
        Component components.dapr.io; Configuration configurations.dapr.io; HTTPEndpoint httpendpoints.dapr.io
        Canary canaries.flagger.app; MetricTemplate metrictemplates.flagger.app
        AlertProvider alertproviders.flagger.app""",
    _OPERATED: """
        EventSource eventsources.argoproj.io; Sensor sensors.argoproj.io; EventBus eventbus.argoproj.io
        KafkaConnector kafkaconnectors.kafka.strimzi.io; KafkaBridge kafkabridges.kafka.strimzi.io
        KafkaMirrorMaker kafkamirrormakers.kafka.strimzi.io; KafkaMirrorMaker2 kafkamirrormaker2s.kafka.strimzi.io
        Pooler poolers.postgresql.cnpg.io; ObjectStore objectstores.barmancloud.cnpg.io
        ApmServer apmservers.apm.k8s.elastic.co; Beat beats.beat.k8s.elastic.co
        Logstash logstashes.logstash.k8s.elastic.co; Agent agents.agent.k8s.elastic.co
        EnterpriseSearch enterprisesearches.enterprisesearch.k8s.elastic.co
        ElasticMapsServer elasticmapsservers.maps.k8s.elastic.co
        Workflow workflows.argoproj.io; CronWorkflow cronworkflows.argoproj.io
        Kafka kafkas.kafka.strimzi.io; KafkaConnect kafkaconnects.kafka.strimzi.io
        Cluster clusters.postgresql.cnpg.io; postgresql postgresqls.acid.zalan.do
        PostgresCluster postgresclusters.postgres-operator.crunchydata.com
        Elasticsearch elasticsearches.elasticsearch.k8s.elastic.co; Kibana kibanas.kibana.k8s.elastic.co
        RabbitmqCluster rabbitmqclusters.rabbitmq.com
        MongoDBCommunity mongodbcommunity.mongodbcommunity.mongodb.com; MongoDB mongodb.mongodb.com
        PerconaServerMongoDB perconaservermongodbs.psmdb.percona.com
        PerconaXtraDBCluster perconaxtradbclusters.pxc.percona.com
        InnoDBCluster innodbclusters.mysql.oracle.com; VitessCluster vitessclusters.planetscale.com
        CassandraDatacenter cassandradatacenters.cassandra.datastax.com
        ScyllaCluster scyllaclusters.scylla.scylladb.com
        Redis redis.redis.redis.opstreelabs.in; RedisCluster redisclusters.redis.redis.opstreelabs.in
        RedisFailover redisfailovers.databases.spotahome.com
        ClickHouseInstallation clickhouseinstallations.clickhouse.altinity.com
        OpenSearchCluster opensearchclusters.opensearch.opster.io; SolrCloud solrclouds.solr.apache.org
        ZookeeperCluster zookeeperclusters.zookeeper.pravega.io; EtcdCluster etcdclusters.etcd.database.coreos.com
        FlinkDeployment flinkdeployments.flink.apache.org; SparkApplication sparkapplications.sparkoperator.k8s.io
        RayCluster rayclusters.ray.io; Keycloak keycloaks.k8s.keycloak.org; Tenant tenants.minio.min.io
        Grafana grafanas.grafana.integreatly.org; Jaeger jaegers.jaegertracing.io
        OpenTelemetryCollector opentelemetrycollectors.opentelemetry.io
        VMAgent vmagents.operator.victoriametrics.com; VMCluster vmclusters.operator.victoriametrics.com
        VMSingle vmsingles.operator.victoriametrics.com""",
}
_ALSO_IN_GROUP = {"traefik.io": "traefik.containo.us"}
"""An older name under which the same kinds are still served."""


def _resources() -> Iterator[Resource]:
    for tells, entries in _TABLE.items():
        words = entries.replace(";", " ").split()
        for kind, name in zip(words[::2], words[1::2], strict=True):
            plural, _, group = name.partition(".")
            yield Resource(group, plural, kind, tells)
            if group in _ALSO_IN_GROUP:
                yield Resource(_ALSO_IN_GROUP[group], plural, kind, tells)


RESOURCES: tuple[Resource, ...] = tuple(sorted(_resources()))
"""Every kind that some reader, rule or stage knows how to read, by group and plural."""


def of_kinds(kinds: frozenset[str]) -> tuple[Resource, ...]:
    """Return the resources of some kinds; one kind may live in several groups."""
    return tuple(resource for resource in RESOURCES if resource.kind in kinds)
