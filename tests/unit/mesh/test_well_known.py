"""Hints give a word of the vocabulary, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh import well_known_ports as numbers
from planner.mesh import well_known_tables as tables
from planner.mesh.spoken import CARRIERS, SECURED
from planner.mesh.well_known import default_port, from_image, from_port, from_port_name, from_scheme


@pytest.mark.parametrize(
    ("scheme", "spoken", "port"),
    [
        ("http", "http", 80),
        ("HTTPS", "https", 443),
        ("postgres", "postgres", 5432),
        ("postgresql+asyncpg", "postgres", 5432),
        ("mysql+pymysql", "mysql", 3306),
        ("amqp", "amqp", 5672),
        ("amqps", "amqps", 5671),
        ("mongodb", "mongo", 27017),
        ("mongodb+srv", "tls", 27017),
        ("redis", "redis", 6379),
        ("rediss", "rediss", 6379),
        ("nats", "nats", 4222),
        ("kafka", "kafka", 9092),
        ("ldap", "ldap", 389),
        ("ldaps", "ldaps", 636),
        ("smtp", "smtp", 25),
        ("ftp", "ftp", 21),
        ("jdbc:postgresql", "postgres", 5432),
        ("jdbc:mysql:loadbalance", "mysql", 3306),
        ("jdbc:sqlserver", "sqlserver", 1433),
        ("jdbc:jtds:sqlserver", "sqlserver", 1433),
        ("jdbc:oracle:thin", "oracle", 1521),
        ("r2dbc:pool:postgresql", "postgres", 5432),
        ("jdbc:mariadb://", "mysql", 3306),
        ("git+ssh", "ssh", 22),
        ("grpcs", "tls", None),
        ("file", None, None),
        ("jdbc:h2:mem", None, None),
        ("", None, None),
    ],
)
def test_schemes(scheme: str, spoken: str | None, port: int | None) -> None:
    assert from_scheme(scheme) == spoken
    assert default_port(scheme) == port


@pytest.mark.parametrize(
    ("image", "spoken"),
    [
        ("postgres", "postgres"),
        ("postgres:16-alpine", "postgres"),
        ("localhost:5000/team/mysql:8.4", "mysql"),
        ("docker.io/bitnami/postgresql-repmgr:16", "postgres"),
        ("docker.io/bitnami/mariadb@sha256:0123", "mysql"),
        ("mcr.microsoft.com/mssql/server:2022-latest", "sqlserver"),
        ("registry.example/shop-mongo:1", "mongo"),
        ("example/users-db-mysql-ha", "mysql"),
        ("quay.io/coreos/etcd:v3.5", "grpc"),
        ("docker.elastic.co/elasticsearch/elasticsearch:8", "http"),
        ("confluentinc/cp-kafka", "kafka"),
        ("rabbitmq:3-management", "amqp"),
        ("prom/mysqld-exporter", None),
        ("oliver006/redis-exporter", None),
        ("example/mongo-express", None),
        ("example/mysql-backup", None),
        ("example/kafka-consumer", None),
        ("example/backup-mysql", None),
        ("example/wait-for-postgres", None),
        ("example/mongo-operator", None),
        ("node:20", None),
        ("example/cart", None),
        ("", None),
        ("@", None),
    ],
)
def test_images(image: str, spoken: str | None) -> None:
    assert from_image(image) == spoken


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("http", "http"),
        ("http-metrics", "http"),
        ("HTTP-web", "http"),
        ("metrics", "http"),
        ("grpc-web", "grpc-web"),
        ("h2c", "http2"),
        ("tcp-postgres", "postgres"),
        ("tcp-redis", "redis"),
        ("amqp-ssl", "amqps"),
        ("tls-kafka", "tls"),
        ("tls-postgres", "postgres"),
        ("ssl-smtp", "smtp"),
        ("nats-tls", "nats"),
        ("dns-tcp", "dns"),
        ("tcp", "tcp"),
        ("tls-mtls", "tls"),
        ("pop3", "pop3"),
        ("backend", None),
        ("", None),
        ("--", None),
    ],
)
def test_port_names(name: str, spoken: str | None) -> None:
    assert from_port_name(name) == spoken


@pytest.mark.parametrize(
    ("port", "spoken"),
    [(80, "http"), (443, "https"), (3306, "mysql"), (5432, "postgres"), (465, "smtps"), (9093, None)],
)
def test_ports(port: int, spoken: str | None) -> None:
    assert from_port(port) == spoken


@given(st.text())
def test_any_text_gives_a_known_word_or_none(text: str) -> None:
    for hint in (from_scheme, from_image, from_port_name):
        assert hint(text) in {None, *CARRIERS}
    assert default_port(text) is None or 0 < default_port(text) < 65536


@given(st.integers())
def test_any_port_gives_a_known_word_or_none(port: int) -> None:
    assert from_port(port) in {None, *CARRIERS}


@pytest.mark.parametrize("table", [tables.SCHEMES, numbers.PORTS, tables.IMAGES, tables.NAMES])
def test_tables_use_the_vocabulary(table: dict[object, str]) -> None:
    assert set(table.values()) <= CARRIERS.keys()


@pytest.mark.parametrize(
    "groups", [tables._SCHEME_GROUPS, tables._IMAGE_GROUPS, tables._NAME_GROUPS], ids=["schemes", "images", "names"]
)
def test_no_key_stands_in_two_groups(groups: dict[str, str]) -> None:
    keys = [key for text in groups.values() for key in text.split()]
    assert len(keys) == len(set(keys))


def test_no_port_stands_in_two_groups() -> None:
    ports = [port for group in numbers._PORT_GROUPS.values() for port in group]
    assert len(ports) == len(set(ports))


def test_a_default_port_says_what_its_scheme_says() -> None:
    for scheme, port in tables.SCHEME_PORTS.items():
        spoken, by_port = from_scheme(scheme), from_port(port)
        if spoken and by_port:
            # Where a product has one port for both, the port can only know the plain form.
            assert spoken in {by_port, SECURED.get(by_port), "tls", "ws", "wss"}, scheme
