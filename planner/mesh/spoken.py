"""The words for what is spoken on a connection, and what each looks like on the wire.

`spoken` is the application's protocol (`postgres`, `amqp`, `https`); its carrier is what a proxy sees in
the first bytes. Istio's own names for port protocols are in `protocol`.
"""

from __future__ import annotations

from enum import StrEnum


class Carrier(StrEnum):
    """What the first bytes of a connection look like to a proxy."""

    HTTP = "http"
    """Cleartext HTTP/1."""
    HTTP2 = "http2"
    """Cleartext HTTP/2 with prior knowledge."""
    GRPC = "grpc"
    GRPC_WEB = "grpc-web"
    TLS = "tls"
    """A TLS ClientHello is the very first thing sent; STARTTLS protocols are `TCP`."""
    TCP = "tcp"
    UDP = "udp"


_WORDS: dict[Carrier, tuple[str, ...]] = {
    Carrier.HTTP: ("http", "ws"),
    Carrier.HTTP2: ("http2",),
    Carrier.GRPC: ("grpc",),
    Carrier.GRPC_WEB: ("grpc-web",),
    Carrier.TLS: ("amqps", "ftps", "https", "imaps", "ldaps", "mqtts", "pop3s", "rediss", "smtps", "tls", "wss"),
    Carrier.TCP: (
        "amqp",
        "bolt",
        "cassandra",
        "clamd",
        "clickhouse",
        "db2",
        "ftp",
        "git",
        "imap",
        "irc",
        "kafka",
        "ldap",
        "memcached",
        "mongo",
        "mqtt",
        "mysql",
        "nats",
        "nfs",
        "openwire",
        "oracle",
        "pop3",
        "postgres",
        "pulsar",
        "rdp",
        "redis",
        "rsync",
        "rtsp",
        "smb",
        "smtp",
        "sqlserver",
        "ssh",
        "stomp",
        "tcp",
        "telnet",
        "thrift",
        "vnc",
        "wavefront",
        "xmpp",
        "zabbix",
        "zookeeper",
    ),
    # The usual transport; each of these also exists on TCP, so the port's own L4 protocol has the last word.
    Carrier.UDP: ("dns", "ntp", "snmp", "statsd", "stun", "syslog", "turn", "udp"),
}

ON_HTTP2 = (Carrier.HTTP2, Carrier.GRPC)
"""What a proxy that speaks HTTP/1 to the server turns into something the server cannot read."""

CARRIERS: dict[str, Carrier] = {word: carrier for carrier, words in _WORDS.items() for word in words}
"""Every word that a `spoken` field may hold, with its carrier."""

SECURED: dict[str, str] = {
    "amqp": "amqps",
    "cassandra": "tls",
    "grpc": "tls",
    "http": "https",
    "http2": "https",
    "kafka": "tls",
    "ldap": "ldaps",
    "mongo": "tls",
    "mqtt": "mqtts",
    "redis": "rediss",
    "tcp": "tls",
    "ws": "wss",
}
"""What a protocol becomes when it is wrapped in TLS from the first byte.

Left out are those that begin in clear text and switch later (PostgreSQL, MySQL, SQL Server, NATS, mail with
STARTTLS): on the wire they stay what they are.
"""


def carrier(spoken: str) -> Carrier | None:
    """Give what a proxy sees of a protocol, or None for a word that is not known."""
    return CARRIERS.get(spoken.lower())
