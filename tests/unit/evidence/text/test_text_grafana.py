"""Data sources of Grafana."""

from __future__ import annotations

from evidence.text.seen import calls, left_out

TEXT = """\
    apiVersion: 1
    datasources:
    - name: Metrics
      type: prometheus
      access: proxy
      url: http://prometheus-server.obs:9090/
      isDefault: true
    - name: Seen by the browser
      type: loki
      access: direct
      url: http://loki-public:3100
    - name: Orders
      type: postgres
      url: $ORDERS_DB:5432
      database: orders
      jsonData: {sslmode: disable}
    - name: Cache
      type: redis-datasource
      url: redis://cache:6379
    - name: Logs
      type: loki
      url: http://loki:3100
      jsonData:
        derivedFields:
        - name: trace
          url: https://traces.acme.io/trace/1
"""


def test_the_server_calls_its_data_sources():
    assert calls("ds.yaml", TEXT, {"ORDERS_DB": "orders-db"}) == [
        ("prometheus-server.obs", 9090, "http", 6),
        ("orders-db", 5432, "postgres", 14),
        ("cache", 6379, "redis", 19),
        ("loki", 3100, "http", 22),
    ]


def test_the_browser_does_not_count():
    assert left_out("ds.yaml", TEXT) == {
        "loki-public": "called by the browser",
        "traces.acme.io": "a link for people",
    }


def test_a_list_of_something_else():
    text = "datasources:\n  main:\n    type: mysql # url\n    host: db\n    port: 3306\n"
    assert calls("app.yaml", text) == [("db", 3306, "mysql", 4)]
