"""What every reader of text is given, for the fuzzer and for the replay of what it found."""

from __future__ import annotations

import re

from planner.checks.proxies import nginx as proxies_nginx
from planner.checks.proxies import others
from planner.evidence.text import addresses, config, keys, prometheus, shell, values

NAMES = (
    "nginx.conf", "application.yml", "bootstrap.properties", "haproxy.cfg", "envoy.yaml", "run.sh", "prometheus.yml",
    "httpd.conf", "config.json", "settings.toml", "fluent.conf", "fluent-bit.conf", "otel.yaml", "datasources.yaml",
    "DATABASE_URL", "SPRING_APPLICATION_JSON", "Corefile", "Caddyfile", "server.properties", "logstash.conf",
)  # fmt: skip
KNOWN = {"HOST": "cart", "PORT": "8080", "SELF": "$SELF", "A": "${B}", "B": "${A}"}
"""Variables of the container; two of them refer to each other."""


def everything(data: bytes) -> None:
    """Give one text to every reader; the first byte chooses the name of the file.

    Args:
        data: What the fuzzer made.
    """
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    text = data[1:].decode("utf-8", errors="replace")
    for found in config.read(name, text, KNOWN):
        assert found.host == found.host.lower()
        assert found.port is None or 0 < found.port < 65536
        assert 0 <= found.offset <= text.count("\n") + len(re.findall(r"[\r\v\f\x1c-\x1e\x85\u2028\u2029]", text))
    for line in text.splitlines()[:50]:
        list(addresses.in_line(line))
    list(shell.read(text, KNOWN))
    list(values.found(name, text))
    keys.role(text[:200])
    if prometheus.looks_like(text):
        list(prometheus.jobs(text))
    if proxies_nginx.looks_like(text):
        list(proxies_nginx.passings(text))
    for pattern, reader in others.READERS:
        if pattern.search(text):
            list(reader(text))
