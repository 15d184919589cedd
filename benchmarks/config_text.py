"""The configuration files that programs of a made-up company carry in ConfigMaps."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping

from benchmarks.topology import Call, Program

Pairs = Mapping[str, str]
"""A setting's dashed name and the address that it holds."""

_FORMS = {
    "postgres": "jdbc:postgresql://{at}/main",
    "mysql": "jdbc:mysql://{at}/main",
    "mongo": "mongodb://{at}/main",
    "redis": "redis://{at}/0",
    "amqp": "amqp://{at}/events",
    "kafka": "{at}",
    "grpc": "{at}",
    "http": "http://{at}/v1",
    "https": "https://{at}/v2",
    "smtp": "smtp://{at}",
}
_PLAIN = {"http": 80, "https": 443}
_TOPICS = ("cache", "limits", "retry", "pool", "audit", "features", "metrics", "tracing", "security", "paging")
_KEYS = ("size", "ttl-seconds", "max-attempts", "backoff-ms", "threshold", "batch", "window-ms", "workers", "quota")


def address(call: Call) -> str:
    """Write the callee as a program of that protocol expects it: a URL, a JDBC URL, or host and port."""
    at = call.host if _PLAIN.get(call.protocol) == call.port else f"{call.host}:{call.port}"
    return _FORMS[call.protocol].format(at=at)


def named(calls: Iterable[Call], write: Callable[[Call], str] = address) -> dict[str, str]:
    """Give each call a name of its own, made from its callee: `order-core`, `order-core-2`."""
    pairs: dict[str, str] = {}
    for call in calls:
        stem = call.target.removeprefix("external:").rpartition("/")[2].replace(".", "-")
        name, turn = stem, 2
        while name in pairs:
            name, turn = f"{stem}-{turn}", turn + 1
        pairs[name] = write(call)
    return pairs


def configuration(program: Program, calls: Iterable[Call], seed: int) -> tuple[str, str]:
    """Give the file name and the text of a program's configuration, in the form of its language.

    Beside the addresses it holds settings that mean nothing for traffic, as real files do.
    """
    if program.language == "nginx":
        return "nginx.conf", _nginx(named(calls, lambda call: f"{call.host}:{call.port}"))
    dice = random.Random(f"{seed}/{program.ref}")
    noise = {topic: {key: dice.randint(1, 5000) for key in dice.sample(_KEYS, 5)} for topic in _TOPICS}
    pairs = named(calls)
    match program.language:
        case "java":
            return "application.yaml", _spring(program.name, pairs, noise)
        case "node":
            return "config.json", json.dumps({"name": program.name, "endpoints": pairs, **noise}, indent=2) + "\n"
        case "go":
            return "config.toml", _toml(pairs, noise)
        case _:
            return "settings.ini", _ini(pairs, noise)


def _spring(name: str, pairs: Pairs, noise: Mapping[str, Mapping[str, int]]) -> str:
    lines = ["server:", "  port: 8080", "  shutdown: graceful", "spring:", "  application:", f"    name: {name}"]
    lines += ["logging:", "  level:", "    root: INFO", "    org.springframework.web: WARN"]
    lines += ["clients:", *(f"  {key}:\n    url: {value}\n    timeout: 2s" for key, value in pairs.items())]
    for topic, values in noise.items():
        lines += [f"{topic}:", *(f"  {key}: {value}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _toml(pairs: Pairs, noise: Mapping[str, Mapping[str, int]]) -> str:
    lines = ['log_level = "info"', 'listen = ":8080"', ""]
    for key, value in pairs.items():
        lines += [f"[upstreams.{key}]", f'address = "{value}"', 'timeout = "2s"', ""]
    for topic, values in noise.items():
        lines += [f"[{topic}]", *(f"{key.replace('-', '_')} = {value}" for key, value in values.items()), ""]
    return "\n".join(lines)


def _ini(pairs: Pairs, noise: Mapping[str, Mapping[str, int]]) -> str:
    lines = ["[service]", "log_level = INFO", "", "[endpoints]", *(f"{key} = {value}" for key, value in pairs.items())]
    for topic, values in noise.items():
        lines += ["", f"[{topic}]", *(f"{key} = {value}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _nginx(pairs: Pairs) -> str:
    lines = ["events {", "  worker_connections 1024;", "}", "", "http {", "  server {", "    listen 8080;"]
    lines += ["    proxy_http_version 1.1;", "    proxy_set_header Host www.example.com;", ""]
    for key, value in pairs.items():
        lines += [f"    location /{key}/ {{", f"      proxy_pass http://{value};", "    }", ""]
    return "\n".join([*lines, "  }", "}", ""])
