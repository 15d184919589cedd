"""HAProxy."""

from __future__ import annotations

from evidence.text.seen import calls, left_out

TEXT = """\
    global
      log log-sink:514 local0
      stats socket /run/admin.sock
    defaults
      mode http
      timeout connect 5s
    resolvers cluster
      nameserver dns1 kube-dns.kube-system.svc:53
    frontend web
      bind edge.shop:8080
      default_backend app
      http-request redirect location https://www.acme.io/new
    backend app
      option httpchk GET /health
      default-server check inter 3s
      server app1 app-a:8080 weight 1
      server app2 "app-b:8443" ssl verify none
      server-template pool 3 pool-headless.shop.svc:${PORT} resolvers cluster
    backend cache
      mode tcp
      option redis-check
      server r0 cache-0.cache:6379 check
    listen db
      bind :5432
      mode tcp
      server pg pg-primary:5432
      # server old pg-old:5432
    peers others
      peer lb0 lb-0.lb:10000
"""


def test_servers():
    assert calls("haproxy.cfg", TEXT, {"PORT": "9000"}) == [
        ("log-sink", 514, "syslog", 2),
        ("kube-dns.kube-system.svc", 53, "dns", 8),
        ("app-a", 8080, "http", 16),
        ("app-b", 8443, "https", 17),
        ("pool-headless.shop.svc", 9000, "http", 18),
        ("cache-0.cache", 6379, "redis", 22),
        ("pg-primary", 5432, "", 26),
        ("lb-0.lb", 10000, "tcp", 29),
    ]


def test_what_it_binds_to_and_redirects():
    assert left_out("haproxy.cfg", TEXT) == {
        "edge.shop": "an address to listen on",
        "www.acme.io": "where clients are sent to",
    }


def test_default_port_of_the_servers():
    text = "backend x\n  default-server port 6432\n  server a db-a\n"
    assert calls("haproxy.cfg", text) == [("db-a", 6432, "", 3)]


def test_other_files_with_a_server_line_are_not_taken_for_it():
    assert calls("x.conf", "server:\n  host: cart\n  port: 8080\n") == [("cart", 8080, "", 2)]
