"""Custom resources of operators: which field is called, and by whom."""

from __future__ import annotations

import json

import pytest

from evidence.manifests import application, deployment, environment, service
from planner.evidence import confidence
from planner.evidence.operator_tables import CALLS, KINDS, NOBODY
from planner.evidence.readers import custom_resources
from planner.model.kinds import RESOURCES


def resource(kind: str, group: str, spec: object, name: str = "r", **more: object) -> str:
    metadata = {"name": name, "namespace": "shop", **more.pop("metadata", {})}  # type: ignore[arg-type]
    raw = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec, **more}
    return json.dumps(raw)


def _found(result) -> set[str]:
    flows = application(result.flows).values()
    return {f.id for f in flows if any(e.reader == custom_resources.READER for e in f.evidence)}


def test_every_kind_has_its_place_in_the_api():
    groups = {(r.group, r.kind) for r in RESOURCES}
    assert set(KINDS) <= {kind for _, kind in groups}
    assert set(CALLS) <= groups


ARGO = tuple(
    deployment(f"argocd-{name}", image="quay.io/argoproj/argocd:v2", namespace="argocd")
    for name in ("repo-server", "application-controller", "server")
)


def test_argo_cd_fetches_and_deploys(discover):
    spec = {
        "source": {"repoURL": "https://git.acme.io/shop.git", "helm": {"values": "db: http://pay:80\n"}},
        "destination": {"server": "https://kubernetes.default.svc"},
    }
    result = discover(resource("Application", "argoproj.io", spec), service("pay", 80), *ARGO)
    assert _found(result) == {
        "argocd/argocd-repo-server -> external:git.acme.io:443",
        "argocd/argocd-application-controller -> cluster:kube-apiserver:443",
    }
    assert "nobody calls what stands there" in {s.reason for s in result.suppressed}


@pytest.mark.parametrize(
    "url", ["git@git.acme.io:shop/app.git", "registry-1.docker.io/charts", "oci://ghcr.io/acme/charts"]
)
def test_forms_of_a_repository(discover, url):
    spec = {"sources": [{"repoURL": url}]}
    (flow,) = discover(resource("Application", "argoproj.io", spec), *ARGO).flows
    assert flow.target.kind == "External"
    assert flow.source.text == "argocd/argocd-repo-server"


def test_what_a_project_allows_is_not_called(discover):
    spec = {"sourceRepos": ["https://git.acme.io/x.git"], "destinations": [{"server": "https://10.0.0.1:6443"}]}
    result = discover(resource("AppProject", "argoproj.io", spec), *ARGO)
    assert not result.flows
    assert len(result.suppressed) == 2


def test_without_its_controller_an_outside_address_is_not_believed(discover):
    text = resource("ClusterIssuer", "cert-manager.io", {"acme": {"server": "https://acme.acme.io/directory"}})
    assert not _found(discover(text))
    controller = deployment("cert-manager", image="quay.io/jetstack/cert-manager-controller:v1", namespace="cm")
    helper = deployment("cert-manager-webhook", image="quay.io/jetstack/cert-manager-webhook:v1", namespace="cm")
    assert _found(discover(text, helper, controller)) == {"cm/cert-manager -> external:acme.acme.io:443"}


def test_helpers_with_the_name_and_image_of_a_controller_are_not_it(discover):
    text = resource("SecretStore", "external-secrets.io", {"provider": {"vault": {"server": "http://vault:8200"}}})
    image = "ghcr.io/external-secrets/external-secrets:v0.10"
    names = ("z-external-secrets", "external-secrets-cert-controller", "external-secrets-webhook")
    found = discover(text, service("vault", 8200), *(deployment(name, image=image) for name in names))
    assert _found(found) == {"shop/z-external-secrets -> shop/vault:8200"}


TRIGGERS = [
    ({"serverAddress": "http://prometheus.mon.svc:9090"}, "mon/prometheus:9090"),
    ({"bootstrapServers": "kafka.mon.svc:9092"}, "mon/kafka:9092"),
    ({"host": "pg.mon.svc", "port": "5432"}, "mon/pg:5432"),
    ({"address": "redis.mon.svc:6379"}, "mon/redis:6379"),
    ({"hostFromEnv": "RABBIT"}, "mon/rabbit:5672"),
]


@pytest.mark.parametrize(("metadata", "target"), TRIGGERS)
def test_keda_asks_what_it_scales_by(discover, metadata, target):
    name, _, port = target.partition("/")[2].partition(":")
    spec = {"scaleTargetRef": {"name": "web"}, "triggers": [{"type": "x", "metadata": metadata}]}
    texts = (
        resource("ScaledObject", "keda.sh", spec),
        service(name, int(port), namespace="mon"),
        deployment("web", environment(RABBIT="amqp://user@rabbit.mon.svc:5672/")),
        deployment("keda-operator", image="ghcr.io/kedacore/keda:2.14", namespace="keda"),
        deployment("keda-admission-webhooks", image="ghcr.io/kedacore/keda-admission-webhooks:2.14", namespace="keda"),
    )
    assert _found(discover(*texts)) == {f"keda/keda-operator -> {target}"}


def test_settings_of_a_trigger_are_no_hosts(discover):
    metadata = {"consumerGroup": "cart", "topic": "pay", "awsRegion": "eu-west-1", "query": "sum(rate(x[1m]))"}
    spec = {"triggers": [{"type": "kafka", "metadata": metadata}]}
    keda = deployment("keda-operator", image="ghcr.io/kedacore/keda:2.14", namespace="keda")
    assert not discover(resource("ScaledObject", "keda.sh", spec), service("cart", 80), keda).flows


def test_resource_of_an_operator_is_itself_the_caller(discover):
    text = resource("KafkaConnect", "kafka.strimzi.io", {"bootstrapServers": "kafka:9092"}, "sink")
    assert _found(discover(text, service("kafka", 9092))) == {"shop/sink -> shop/kafka:9092"}


def test_connector_runs_in_its_cluster(discover):
    spec = {"config": {"database.hostname": "mysql", "database.port": 3306, "database.dbname": "cart"}}
    metadata = {"labels": {"strimzi.io/cluster": "sink"}}
    text = resource("KafkaConnector", "kafka.strimzi.io", spec, metadata=metadata)
    found = discover(text, service("mysql", 3306), service("cart", 80))
    assert _found(found) == {"shop/sink -> shop/mysql:3306"}


def test_collector_as_text_and_as_a_map(discover):
    text = "receivers:\n  otlp: {endpoint: 0.0.0.0:4317}\nexporters:\n  otlp:\n    endpoint: tempo:4317\n"
    spec = {"exporters": {"otlp": {"endpoint": "tempo:4317"}}, "receivers": {"otlp": {"endpoint": "other:4317"}}}
    for config in (text, spec):
        collector = resource("OpenTelemetryCollector", "opentelemetry.io", {"config": config}, "otel")
        found = discover(collector, service("tempo", 4317), service("other", 4317))
        assert _found(found) == {"shop/otel -> shop/tempo:4317"}


COLLECTOR = """\
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: otel, namespace: shop}
spec:
  config:
    receivers:
      otlp: {protocols: {grpc: {endpoint: 'other:4317'}}}
      redis:
        endpoint: cache:6379
    exporters:
      otlp:
        endpoint: tempo:4317
      zipkin: {endpoint: 'http://unused:9411'}
    service:
      pipelines:
        traces: {receivers: [otlp, redis], exporters: [otlp]}
"""


def test_collector_as_a_map_is_read_as_the_collector_would(discover):
    services = (service("tempo", 4317), service("other", 4317), service("cache", 6379), service("unused", 9411))
    found = discover(COLLECTOR, *services)
    assert _found(found) == {"shop/otel -> shop/tempo:4317", "shop/otel -> shop/cache:6379"}
    assert {flow.target.name: flow.evidence[0].line for flow in found.flows} == {"tempo": 12, "cache": 9}
    assert {"other:4317", "http://unused:9411"} <= {s.text for s in found.suppressed}


def _injected(name: str, value: str, namespace: str = "shop") -> str:
    annotated = f"metadata:\n      annotations: {{instrumentation.opentelemetry.io/inject-java: '{value}'}}\n"
    return deployment(name, namespace=namespace).replace("metadata:\n      labels", annotated + "      labels")


def test_instrumented_pods_send_their_traces(discover):
    text = resource("Instrumentation", "opentelemetry.io", {"exporter": {"endpoint": "http://otel:4317"}}, "java")
    pods = (
        _injected("a", "true"),
        _injected("b", "shop/java"),
        _injected("c", "false"),
        _injected("d", "true", "other"),
        _injected("e", "other-one"),
    )
    found = discover(text, service("otel", 4317), *pods)
    assert _found(found) == {"shop/a -> shop/otel:4317", "shop/b -> shop/otel:4317"}


def test_each_language_has_its_own_endpoint(discover):
    def own(port: int) -> list[dict[str, str]]:
        return [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": f"http://otel:{port}"}]

    spec = {
        "exporter": {"endpoint": "http://otel:1"},
        "java": {"image": "x", "env": own(2)},
        "python": {"image": "x", "env": own(3)},
    }
    text = resource("Instrumentation", "opentelemetry.io", spec, "all")
    pods = (_injected("a", "true"), _injected("b", "true").replace("inject-java", "inject-nodejs"))
    found = discover(text, service("otel", 1, 2, 3), *pods)
    assert {flow.id for flow in found.flows} == {"shop/a -> shop/otel:2", "shop/b -> shop/otel:1"}
    assert ("http://otel:3", "no pod that was read uses it") in {(s.text, s.reason) for s in found.suppressed}


def test_repository_is_fetched_and_other_links_are_not_believed(discover):
    spec = {"build": {"srcRepo": {"url": "https://git.acme.io/a.git"}}, "homepage": "https://www.acme.io/a"}
    assert _found(discover(resource("Function", "core.acme.io", spec))) == {"shop/r -> external:git.acme.io:443"}


def test_configuration_of_dapr_is_used_by_name(discover):
    notes = "annotations: {dapr.io/enabled: 'true', dapr.io/config: tracing}\n      labels"
    apps = (
        deployment("a").replace("labels", notes, 1),
        deployment("b").replace("labels", notes, 1).replace("tracing", "x"),
    )
    spec = {"tracing": {"zipkin": {"endpointAddress": "http://zipkin:9411/api"}}}
    text = resource("Configuration", "dapr.io", spec, "tracing")
    assert _found(discover(text, service("zipkin", 9411), *apps)) == {"shop/a -> shop/zipkin:9411"}


def test_data_source_is_asked_by_grafana(discover):
    spec = {"datasource": {"url": "http://prometheus:9090", "type": "prometheus"}}
    text = resource("GrafanaDatasource", "grafana.integreatly.org", spec)
    grafana = resource("Grafana", "grafana.integreatly.org", {}, "graf")
    assert _found(discover(text, grafana, service("prometheus", 9090))) == {"shop/graf -> shop/prometheus:9090"}


def test_elastic_reference_names_the_service_of_the_operator(discover):
    text = resource("Kibana", "kibana.k8s.elastic.co", {"elasticsearchRef": {"name": "logs"}}, "kb")
    assert _found(discover(text, service("logs-es-http", 9200))) == {"shop/kb -> shop/logs-es-http:9200"}
    named = resource("Kibana", "kibana.k8s.elastic.co", {"elasticsearchRef": {"secretName": "far"}}, "kb")
    assert not discover(named).flows


def test_dapr_component_is_used_by_the_apps_in_its_scope(discover):
    def app(name: str, enabled: str = "true") -> str:
        notes = f"annotations: {{dapr.io/enabled: '{enabled}', dapr.io/app-id: {name}}}\n      labels"
        return deployment(name).replace("labels", notes, 1)

    spec = {"type": "state.redis", "metadata": [{"name": "redisHost", "value": "redis:6379"}]}
    apps = (app("cart"), app("pay"), app("off", "false"))
    all_of_them = discover(resource("Component", "dapr.io", spec), service("redis", 6379), *apps)
    assert _found(all_of_them) == {"shop/cart -> shop/redis:6379", "shop/pay -> shop/redis:6379"}
    some = discover(resource("Component", "dapr.io", spec, scopes=["cart"]), service("redis", 6379), *apps)
    assert _found(some) == {"shop/cart -> shop/redis:6379"}


def test_sink_binding_speaks_for_its_subject(discover):
    spec = {
        "subject": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "sink": {"ref": {"apiVersion": "v1", "kind": "Service", "name": "events"}},
    }
    text = resource("SinkBinding", "sources.knative.dev", spec)
    assert _found(discover(text, deployment("web"), service("events", 80))) == {"shop/web -> shop/events:80"}


def test_sink_that_is_a_broker_names_no_service(discover):
    spec = {"sink": {"ref": {"apiVersion": "eventing.knative.dev/v1", "kind": "Broker", "name": "events"}}}
    result = discover(resource("PingSource", "sources.knative.dev", spec), service("events", 80))
    assert not result.flows
    assert [s.text for s in result.suppressed] == ["shop/events"]


def test_address_in_an_unknown_field_is_a_guess(discover):
    text = resource("Thing", "acme.io", {"deep": [{"endpoint": "http://cart:80", "note": "see cart"}]})
    (flow,) = discover(text, service("cart", 80)).flows
    assert flow.id == "shop/r -> shop/cart:80"
    assert flow.evidence[0].grounds == (confidence.CUSTOM_INSIDE.name,)


def test_every_field_that_nobody_calls_is_left_out_with_a_reason(discover):
    rows = [(g, k, c.patterns[0]) for (g, k), calls in CALLS.items() for c in calls if c.caller == NOBODY]
    assert len(rows) > 5
    for group, kind, pattern in rows:
        value: object = "http://cart:80"
        for step in reversed(pattern.replace("[]", "").split(".")[1:]):
            value = {step: value}
        spec = value if isinstance(value, dict) else {"x": value}
        result = discover(resource(kind, group, spec), service("cart", 80))
        assert not result.flows, (kind, pattern)
        assert result.suppressed, (kind, pattern)


ENTRIES = {
    "Kibana": ("kibana.k8s.elastic.co", {"http": {"service": {"spec": {"type": "%s"}}}}, "r-kb-http:5601"),
    "RabbitmqCluster": ("rabbitmq.com", {"service": {"type": "%s"}}, "r:5672"),
}


@pytest.mark.parametrize("kind", sorted(ENTRIES))
@pytest.mark.parametrize(("opened", "is_open"), [("NodePort", True), ("LoadBalancer", True), ("ClusterIP", False)])
def test_operator_opens_a_service(discover, kind, opened, is_open):
    group, spec, target = ENTRIES[kind]
    text = resource(kind, group, json.loads(json.dumps(spec).replace("%s", opened)))
    name, _, port = target.partition(":")
    ids = {flow.id for flow in discover(text, service(name, int(port))).flows}
    assert ids == ({f"external:client -> shop/{target}"} if is_open else set())


def test_listener_of_kafka_for_callers_outside(discover):
    listeners = [{"name": "out", "port": 9094, "type": "nodeport"}, {"name": "in", "port": 9092, "type": "internal"}]
    text = resource("Kafka", "kafka.strimzi.io", {"kafka": {"listeners": listeners}}, "main")
    assert [f.target.text for f in discover(text).flows] == ["unknown:shop/main-kafka-out-bootstrap"]


def test_lists_of_references(discover):
    refs = [{"name": "mon", "namespace": "obs"}]
    spec = {"elasticsearchRef": {"name": "a"}, "monitoring": {"metrics": {"elasticsearchRefs": refs}}}
    text = resource("Kibana", "kibana.k8s.elastic.co", spec, "kb")
    found = discover(text, service("a-es-http", 9200), service("mon-es-http", 9200, namespace="obs"))
    assert _found(found) == {"shop/kb -> shop/a-es-http:9200", "shop/kb -> obs/mon-es-http:9200"}


def test_store_of_backups_is_used_by_the_cluster_that_names_it(discover):
    store = resource("ObjectStore", "barmancloud.cnpg.io", {"configuration": {"endpointURL": "http://minio:9000"}}, "s")
    named = {"plugins": [{"name": "barman", "parameters": {"barmanObjectName": "s"}}]}
    cluster = resource("Cluster", "postgresql.cnpg.io", named, "pg")
    found = discover(store, cluster, service("minio", 9000))
    assert [(f.source.kind, f.source.name) for f in found.flows] == [("Cluster", "pg")]
