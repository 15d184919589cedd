"""Spring Boot."""

from __future__ import annotations

import pytest

from evidence.text.seen import calls, left_out

YAML = """\
    server:
      address: own.shop
      port: 8080
    spring:
      application: {name: orders}
      datasource:
        url: jdbc:postgresql://${DB_HOST:orders-db}:${DB_PORT:5432}/orders?sslmode=disable
      data:
        redis:
          host: ${REDIS_HOST:cache}
          port: 6379
      rabbitmq:
        host: queue
        port: 5672
      kafka:
        bootstrap-servers: ${KAFKA:kafka-0.kafka:9092,kafka-1.kafka:9092}
      config:
        import: "optional:configserver:http://config-server:8888"
      zipkin:
        enabled: false
        base-url: http://zipkin:9411
      mail:
        host: smtp.acme.io
      security:
        oauth2:
          client:
            provider:
              sso:
                token-uri: http://sso:8080/token
                authorization-uri: https://login.acme.io/auth
      cloud:
        gateway:
          routes:
          - id: a
            uri: http://catalog:8082
          - id: b
            uri: lb://billing
    eureka:
      client:
        service-url:
          defaultZone: http://user:secret@registry:8761/eureka/
      instance:
        hostname: orders.acme.io
"""


def test_properties_of_a_file():
    assert calls("application.yml", YAML, {"REDIS_HOST": "redis-main"}) == [
        ("orders-db", 5432, "jdbc:postgresql", 7),
        ("redis-main", 6379, "redis", 10),
        ("queue", 5672, "amqp", 13),
        ("kafka-0.kafka", 9092, "kafka", 16),
        ("kafka-1.kafka", 9092, "kafka", 16),
        ("config-server", 8888, "http", 18),
        ("smtp.acme.io", None, "smtp", 23),
        ("sso", 8080, "http", 29),
        ("catalog", 8082, "http", 35),
        ("billing", None, "http", 37),
        ("registry", 8761, "http", 41),
    ]


def test_what_does_not_count():
    assert left_out("application.yml", YAML) == {
        "own.shop": "an address to listen on",
        "zipkin": "switched off by spring.zipkin.enabled: false",
        "login.acme.io": "a link for people",
        "orders.acme.io": "a name under which others reach it",
    }


def test_a_variable_beats_the_file():
    known = {"SPRING_DATASOURCE_URL": "jdbc:postgresql://other:5432/x"}
    assert left_out("application.yml", YAML, known)["orders-db"] == "replaced by the variable SPRING_DATASOURCE_URL"


PARTS = """\
    cart.url=http://always:80
    #---
    spring.config.activate.on-profile=prod
    cart.url=http://in-prod:80
    #---
    spring.config.activate.on-profile=!prod
    cart.url=http://elsewhere:80
"""


@pytest.mark.parametrize(
    ("known", "hosts"),
    [
        ({"SPRING_PROFILES_ACTIVE": "prod,metrics"}, ["always", "in-prod"]),
        ({"SPRING_PROFILES_ACTIVE": "dev"}, ["always", "elsewhere"]),
        ({"JAVA_OPTS": "-Xmx1g -Dspring.profiles.active=prod"}, ["always", "in-prod"]),
        ({}, ["always", "elsewhere"]),
    ],
)
def test_parts_of_a_file_by_profile(known, hosts):
    assert [found[0] for found in calls("application.properties", PARTS, known)] == hosts


def test_a_file_of_a_profile():
    text = "shop:\n  url: http://cart:80\n"
    assert left_out("application-dev.yml", text, {"SPRING_PROFILES_ACTIVE": "prod"}) == {
        "cart": "the profile dev is not active"
    }
    assert calls("application-prod.yml", text, {"SPRING_PROFILES_ACTIVE": "prod"}) == [("cart", 80, "http", 2)]


def test_properties_with_host_and_port():
    text = "# comment http://gone:80\nspring.data.mongodb.host=documents\nspring.data.mongodb.port=27017\n"
    assert calls("bootstrap.properties", text) == [("documents", 27017, "mongo", 2)]


def test_a_property_refers_to_another():
    text = "spring.main.x=1\nbase.host=cart\nclient.url=http://${base.host}:8080/v1\n"
    assert ("cart", 8080, "http", 3) in calls("application.properties", text)
