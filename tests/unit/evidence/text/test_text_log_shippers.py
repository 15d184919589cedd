"""Fluentd, Fluent Bit, Logstash."""

from __future__ import annotations

from evidence.text.seen import calls, left_out

FLUENTD = """\
    <source>
      @type forward
      bind ingest.logs
      port 24224
    </source>
    <source>
      @type kafka_group
      brokers broker-0.broker:9092
    </source>
    <filter kubernetes.**>
      @type kubernetes_metadata
      kubernetes_url https://kubernetes.default.svc:443
    </filter>
    <match app.**>
      @type copy
      <store>
        @type elasticsearch
        host "#{ENV['ES_HOST'] || 'search'}"
        port 9200
        scheme https
        # host gone
      </store>
      <store>
        @type forward
        <server>
          name first
          host aggregator-0.aggregator
        </server>
      </store>
    </match>
"""


def test_fluentd():
    assert calls("fluent.conf", FLUENTD) == [
        ("broker-0.broker", 9092, "kafka", 8),
        ("kubernetes.default.svc", 443, "https", 12),
        ("search", 9200, "https", 18),
        ("aggregator-0.aggregator", 24224, "tcp", 27),
    ]
    assert calls("fluent.conf", FLUENTD, {"ES_HOST": "other"})[2][0] == "other"
    assert left_out("fluent.conf", FLUENTD) == {"ingest.logs": "an address to listen on"}


def test_fluentd_file_that_others_include():
    text = "@type elasticsearch\nhost \"#{ENV['ES']}\"\nport \"#{ENV['ES_PORT']}\"\n"
    assert calls("elasticsearch.conf", text, {"ES": "search", "ES_PORT": "9201"}) == [("search", 9201, "http", 2)]


FLUENT_BIT = """\
    @SET region=eu
    [SERVICE]
        Flush 1
        HTTP_Server On
        HTTP_Listen own.logs
        HTTP_Port 2020
    [INPUT]
        Name forward
        Listen ingest.logs
        Port 24224
    [FILTER]
        Name kubernetes
        Kube_URL https://kubernetes.default.svc:443
    [OUTPUT]
        Name es
        Host search-${region}
        Port 9200
        tls On
    [OUTPUT]
        Name loki
        Host loki
    [OUTPUT]
        Name kafka
        Brokers broker-0.broker:9092,broker-1.broker:9092
"""


def test_fluent_bit():
    assert calls("fluent-bit.conf", FLUENT_BIT) == [
        ("kubernetes.default.svc", 443, "https", 13),
        ("search-eu", 9200, "https", 16),
        ("loki", 3100, "http", 21),
        ("broker-0.broker", 9092, "kafka", 24),
        ("broker-1.broker", 9092, "kafka", 24),
    ]
    assert left_out("fluent-bit.conf", FLUENT_BIT)["ingest.logs"] == "an address to listen on"


def test_fluent_bit_in_yaml():
    text = """\
    pipeline:
      inputs:
        - name: http
          listen: ingest.logs
          port: 8888
      outputs:
        - name: opentelemetry
          match: '*'
          host: collector
          port: 4318
        - {name: forward, host: aggregator}
    """
    assert calls("fluent-bit.yaml", text) == [("collector", 4318, "http", 9), ("aggregator", 24224, "tcp", 11)]
    assert left_out("fluent-bit.yaml", text) == {"ingest.logs": "an address to listen on"}


LOGSTASH = """\
    input {
      beats { port => 5044 host => "ingest.logs" }
      kafka {
        bootstrap_servers => "broker-0.broker:9092,broker-1.broker:9092"
        topics => ["app"]
      }
      jdbc { jdbc_connection_string => "jdbc:mysql://db:3306/app" }
    }
    filter {
      # elasticsearch { hosts => ["gone:9200"] }
      if [type] == "x" {
        redis { host => "cache" }
      }
    }
    output {
      if [level] == "error" {
        elasticsearch {
          hosts => [
            "http://search-0:9200",
            "search-1:9200"
          ]
          index => "app-%{+YYYY.MM.dd}"
        }
      } else {
        tcp { host => "sink" port => 9000 }
      }
      stdout { codec => rubydebug }
    }
"""


def test_logstash():
    assert calls("logstash.conf", LOGSTASH) == [
        ("broker-0.broker", 9092, "kafka", 4),
        ("broker-1.broker", 9092, "kafka", 4),
        ("db", 3306, "jdbc:mysql", 7),
        ("cache", 6379, "redis", 12),
        ("search-0", 9200, "http", 19),
        ("search-1", 9200, "http", 20),
        ("sink", 9000, "tcp", 25),
    ]
    assert left_out("logstash.conf", LOGSTASH) == {"ingest.logs": "an address to listen on"}


def test_other_texts_are_not_taken_for_them():
    assert calls("a.conf", "[output]\nhost = cart\nport = 80\n") == [("cart", 80, "", 2)]
    assert calls("a.rb", "input = { 'host' => 'cart', 'port' => 80 }\n") != [("cart", 80, "tcp", 1)]
