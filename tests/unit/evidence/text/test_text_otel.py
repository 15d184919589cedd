"""OpenTelemetry Collector."""

from __future__ import annotations

from evidence.text.seen import calls, left_out

TEXT = """\
    receivers:
      otlp:
        protocols:
          grpc:
            endpoint: ingest.shop:4317
          http: {endpoint: "0.0.0.0:4318"}
      redis:
        endpoint: "cache:6379"
        username: "reader"
      httpcheck/site:
        targets:
          - endpoint: http://web-proxy:${env:WEB_PORT}
      postgresql:
        endpoint: ${env:DB_HOST}:5432
    exporters:
      debug: {}
      otlp:
        endpoint: tracing-collector:4317
        tls:
          insecure: true
      otlphttp/metrics:
        endpoint: http://metrics-store:9090/api/v1/otlp
      otlp/vendor:
        endpoint: https://ingest.vendor.io:443
      kafka:
        brokers: ["broker-0.broker:9092", 'broker-1.broker:9092']
      zipkin:
        endpoint: http://old-zipkin:9411/api/v2/spans
      prometheus:
        endpoint: exposed.shop:8889
    extensions:
      health_check: {endpoint: "self.shop:13133"}
      oauth2client:
        token_url: https://login.acme.io/token
    processors:
      batch: {}
    service:
      extensions: [health_check, oauth2client]
      telemetry:
        metrics:
          address: me.shop:8888
      pipelines:
        traces:
          receivers: [otlp]
          exporters: [otlp, kafka, debug, otlp/vendor]
        metrics:
          receivers: [otlp, redis, httpcheck/site, postgresql]
          processors: [batch]
          exporters: [otlphttp/metrics, prometheus]
"""


def test_exporters_and_fetching_receivers_call():
    assert calls("relay", TEXT, {"WEB_PORT": "8080", "DB_HOST": "db"}) == [
        ("cache", 6379, "redis", 8),
        ("web-proxy", 8080, "http", 12),
        ("db", 5432, "postgres", 14),
        ("tracing-collector", 4317, "grpc", 18),
        ("metrics-store", 9090, "http", 22),
        ("ingest.vendor.io", 443, "grpc", 24),
        ("broker-0.broker", 9092, "kafka", 26),
        ("broker-1.broker", 9092, "kafka", 26),
        ("login.acme.io", None, "https", 34),
    ]


def test_what_listens_or_does_not_run_is_left_out_with_the_reason():
    assert left_out("relay", TEXT) == {
        "ingest.shop": "an address to listen on",
        "0.0.0.0": "an address to listen on",
        "old-zipkin": "not in any pipeline",
        "exposed.shop": "an address to listen on",
        "self.shop": "an address to listen on",
        "me.shop": "an address to listen on",
    }


def test_resolver_of_the_load_balancing_exporter():
    text = """\
    receivers: {otlp: {}}
    exporters:
      loadbalancing:
        protocol: {otlp: {tls: {insecure: true}}}
        resolver:
          dns:
            hostname: sampling-headless.obs
    service:
      pipelines:
        traces: {receivers: [otlp], exporters: [loadbalancing]}
    """
    assert calls("config.yaml", text) == [("sampling-headless.obs", 4317, "grpc", 7)]


def test_a_file_without_a_service_part_is_read_by_lines():
    text = "receivers: {}\nexporters:\n  x:\n    endpoint: http://sink:80\n# pipelines\n"
    assert calls("part.yaml", text) == [("sink", 80, "http", 4)]
