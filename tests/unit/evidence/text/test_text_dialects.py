"""Dialects of addresses in one line."""

from __future__ import annotations

import pytest

from planner.evidence.text import addresses


def _found(text: str) -> list[tuple[str, int | None, str]]:
    return [(a.host, a.port, a.scheme or a.hint) for a in addresses.in_line(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jdbc:sqlserver://h:1433;databaseName=x", [("h", 1433, "jdbc:sqlserver")]),
        ("jdbc:sqlserver://h\\inst:1434;databaseName=x", [("h", 1434, "jdbc:sqlserver")]),
        ("jdbc:oracle:thin:@//h:1521/S", [("h", 1521, "jdbc:oracle")]),
        ("(ADDRESS=(PROTOCOL=TCP)(HOST=ora)(PORT=1522))", [("ora", 1522, "oracle")]),
        (
            "jdbc:mysql:replication://a,b:3307/",
            [("a", None, "jdbc:mysql:replication"), ("b", 3307, "jdbc:mysql:replication")],
        ),
        ("jdbc:mysql://address=(host=a)(port=3307)/x", [("a", 3307, "mysql")]),
        ("Server=tcp:h,1435;Initial Catalog=x", [("h", 1435, "sqlserver")]),
        ("Data Source=h\\inst,1435;User=x", [("h", 1435, "sqlserver")]),
        ("Host=h;Port=5433;Username=x", [("h", 5433, "postgres")]),
        ("host=h port=5433 dbname=x sslmode=disable", [("h", 5433, "postgres")]),
        ("postgresql:///x?user=u&host=h&port=5433", [("h", 5433, "postgresql")]),
        ("u:p@tcp(h:3307)/x", [("h", 3307, "mysql")]),
        ("db+postgresql://u:p@h/x", [("h", None, "postgresql")]),
        ("mongodb+srv://u:p@c.acme.io/x", [("c.acme.io", None, "mongodb+srv")]),
        ("'rs0/a:27018,b:27018'", [("b", 27018, ""), ("a", 27018, "mongo")]),
        ("cache:6380,password=x,ssl=True", [("cache", 6380, "redis")]),
        ("redis+sentinel://a:26379,b:26379/main", [("a", 26379, "redis+sentinel"), ("b", 26379, "redis+sentinel")]),
        ("thrift://h:9083", [("h", 9083, "thrift")]),
        ("h:27018:app", [("h", 27018, "")]),
        ('"//cdn.acme.io/x.js"', [("cdn.acme.io", None, "http")]),
        ("s3://k:s@store:9000/b", [("store", 9000, "s3")]),
        ("nats://a:4223,nats://b:4223", [("a", 4223, "nats"), ("b", 4223, "nats")]),
    ],
)
def test_dialect(text, expected):
    assert _found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "org/db:2,mirror.acme.io/team/db:1",
        "unix:/run/x.sock",
        "u:p@unix(/run/x)/db",
        "// a remark: see below",
        "2024-01-02T10:20:30",
        "a..b:8080",
        "postgresql:///x?user=u",
    ],
)
def test_no_address(text):
    assert _found(text) == []


def test_a_bucket_is_kept_with_the_reason():
    (found,) = addresses.in_line("gs://logs/x")
    assert found.reason == "gs:// names no host"
