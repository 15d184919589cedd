"""Corefile, Caddyfile, XML."""

from __future__ import annotations

from evidence.text.seen import calls, left_out

COREFILE = """\
    .:53 {
        errors
        health
        kubernetes cluster.local in-addr.arpa {
           pods insecure
        }
        forward . /etc/resolv.conf
        # forward . 1.1.1.1
        cache 30
    }
    acme.internal:53 {
        forward . 10.1.2.3 dns-a.infra:5353 tls://9.9.9.9 {
            max_concurrent 1000
        }
    }
"""


def test_corefile():
    assert calls("Corefile", COREFILE) == [
        ("10.1.2.3", 53, "dns", 12),
        ("dns-a.infra", 5353, "dns", 12),
        ("9.9.9.9", 853, "tls", 12),
    ]


CADDYFILE = """\
    {
        email ops@acme.io
    }
    shop.acme.io:8443, http://old.acme.io {
        reverse_proxy /api/* api:8080 api-2:8080 {
            header_up Host {host}
            health_uri /up
        }
        reverse_proxy web
        reverse_proxy {$BACKEND:fallback:9000}
        php_fastcgi php:9000
        forward_auth auth:9091 {
            uri /verify
        }
        redir https://www.acme.io/new
    }
"""


def test_caddyfile():
    assert calls("Caddyfile", CADDYFILE) == [
        ("api", 8080, "http", 5),
        ("api-2", 8080, "http", 5),
        ("web", 80, "http", 9),
        ("fallback", 9000, "http", 10),
        ("php", 9000, "tcp", 11),
        ("auth", 9091, "http", 12),
    ]
    assert left_out("Caddyfile", CADDYFILE) == {
        "shop.acme.io": "a name under which others reach it",
        "old.acme.io": "a name under which others reach it",
        "www.acme.io": "where clients are sent to",
    }


XML = """\
    <?xml version="1.0"?>
    <beans xmlns="http://www.springframework.org/schema/beans">
      <!-- <property name="url" value="http://gone:80"/>
           http://gone-too:80 -->
      <bean id="cache">
        <property name="host" value="cache"/>
        <property name="port" value="6379"/>
      </bean>
      <Resource name="jdbc/app" url="jdbc:mysql://db:3306/app"/>
      <connection-url>jdbc:postgresql://pg:5432/x</connection-url>
      <node><host>store-0.store</host><port>9000</port></node>
      <node>
        <host>store-1.store</host>
        <port>9000</port>
      </node>
      <property>
        <name>fs.defaultFS</name>
        <value>hdfs://namenode:8020</value>
      </property>
      <property><name>yarn.resourcemanager.hostname</name><value>manager</value></property>
    </beans>
"""


def test_xml():
    assert sorted(calls("conf.xml", XML), key=lambda found: found[3]) == [
        ("cache", 6379, "", 6),
        ("db", 3306, "jdbc:mysql", 9),
        ("pg", 5432, "jdbc:postgresql", 10),
        ("store-0.store", 9000, "", 11),
        ("store-1.store", 9000, "", 13),
        ("namenode", 8020, "hdfs", 18),
        ("manager", None, "", 20),
    ]
