"""nginx."""

from __future__ import annotations

import pytest

from evidence.text.seen import calls, left_out

TEXT = """\
    error_log syslog:server=logs.obs:5140 warn;
    http {
      resolver kube-dns.kube-system.svc.cluster.local valid=10s;
      map $host $pool {
        hostnames;
        default  shop-v1;
        beta.*   shop-v2;
      }
      upstream core { server core-svc:8080; server unix:/run/x.sock; }
      server {
        listen edge.shop:8080;
        server_name www.acme.io:443;
        set $api_host api.shop.svc.cluster.local;
        set $api http://$api_host:9000;
        location /api { proxy_pass $api/v1; }
        location /core { proxy_pass http://core; }
        location /pool { proxy_pass http://$pool:8000$request_uri; }
        location = /auth { internal; proxy_pass http://auth:4180/oauth2/auth; }
        location /mirror { mirror /copy; }
        location /php { fastcgi_pass php:9000; }
        location /py { uwsgi_pass uwsgi://py:3031; }
        location /rpc { grpc_pass grpcs://rpc:443; }
        location /tpl { proxy_pass ${BACKEND_SCHEME}://${BACKEND_HOST}:${BACKEND_PORT}; }
        location /out { return 301 https://shop.acme.io:8443/x; }
        # proxy_pass http://gone:80;
      }
    }
    stream {
      server { listen 5432; proxy_pass pg.data:5432; }
    }
"""
KNOWN = {"BACKEND_SCHEME": "http", "BACKEND_HOST": "cart", "BACKEND_PORT": "7070"}


def test_where_requests_go():
    assert calls("default.conf.template", TEXT, KNOWN) == [
        ("logs.obs", 5140, "syslog", 1),
        ("kube-dns.kube-system.svc.cluster.local", 53, "dns", 3),
        ("core-svc", 8080, "http", 9),
        ("api.shop.svc.cluster.local", 9000, "http", 15),
        ("shop-v1", 8000, "http", 17),
        ("shop-v2", 8000, "http", 17),
        ("auth", 4180, "http", 18),
        ("php", 9000, "tcp", 20),
        ("py", 3031, "tcp", 21),
        ("rpc", 443, "grpcs", 22),
        ("cart", 7070, "http", 23),
        ("pg.data", 5432, "", 29),
    ]


def test_what_is_its_own_or_for_clients():
    assert left_out("default.conf", TEXT) == {
        "edge.shop": "an address to listen on",
        "www.acme.io": "a name under which others reach it",
        "shop.acme.io": "what clients are told",
    }


def test_template_without_its_variables_names_nobody():
    assert not [found for found in calls("x.template", TEXT) if found[3] == 23]


def test_a_variable_that_no_pass_uses_is_read_where_it_is_set():
    text = "server {\n set $up cart.shop.svc.cluster.local;\n location / { proxy_pass http://a:1; }\n}\n"
    assert ("cart.shop.svc.cluster.local", None, "", 2) in calls("n.conf", text)


@pytest.mark.parametrize("value", ["$a", "$b$b$b$b", "${a}${a}"])
def test_variables_that_refer_to_themselves_end(value):
    text = f"server {{\n set $a {value};\n set $b $a;\n location / {{ proxy_pass http://$a; }}\n}}\n"
    assert calls("n.conf", text) == []


def test_a_target_that_the_request_chooses_is_a_pattern():
    text = "server { location ~ /(ws-.*)$ { proxy_pass http://$1.shop.svc.cluster.local:1234/; } }\n"
    assert calls("n.conf", text) == [("*.shop.svc.cluster.local", 1234, "http", 1)]
    assert calls("n.conf", "server { location / { proxy_pass http://$backend; } }\n") == []
