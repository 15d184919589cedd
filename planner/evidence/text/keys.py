"""What a key says about its value: the name of a variable, a flag or a setting, cut into words."""

from __future__ import annotations

import re
from functools import lru_cache

from planner.evidence.sighting import Role
from planner.evidence.words import word_set
from planner.mesh.well_known import from_port_name

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[A-Za-z0-9]+")

_HOST_WORDS = word_set(
    """host hosts hostname hostnames addr addrs address addresses server servers endpoint endpoints url urls uri uris
    broker brokers upstream upstreams service svc seed seeds nodes peers dsn baseurl proxy members"""
)
_LOOSE_WORDS = word_set("service svc seed seeds nodes peers members proxy upstream upstreams dsn server servers")
"""Words that also head names, lists of other things and settings of one's own."""
_WEAK_WORDS = word_set("db database cache queue store mq conn connection target dest destination remote gateway")
_NOT_A_HOST = word_set(
    """name type driver backend provider engine kind mode class dialect namespace label user username db path dir file
    prefix suffix id key region zone version level account role profile format index topic queue schema table"""
)
_NEUTRAL = word_set(
    """url uri host hostname web address addr ip endpoint base root name domain port http https server"""
)
_LISTEN = frozenset(["listen", "listener", "listeners", "bind", "bound", "listening"])
_EXEMPT = word_set(
    """noproxy nonproxyhosts nonproxy exclude excluded excludes ignore ignored whitelist blacklist denylist"""
)
_CERTIFICATE = word_set("san sans cn commonname dnsnames sni servername certificate certs csr altnames")
_PUBLIC = word_set(
    """public redirect callback cors origin origins allowed trusted canonical advertise advertised vhost domain domains
    cookie audience logout browser referer referrer announce rooturl ingress"""
)
_DISPLAY = word_set(
    """doc docs documentation help support link links homepage logo icon favicon avatar img terms privacy license
    licence contact runbook schema xmlns title description summary message author copyright reference comment
    annotations footer banner changelog imprint pattern regex"""
)
_LINK_WORDS = frozenset(["url", "urls", "uri", "link", "href", "text", "page"])
_PEER = word_set(
    """seed seeds peer peers cluster join discovery member members quorum initial unicast ring gossip sentinel"""
)
_SIGN_IN = (
    "authurl", "authorizeurl", "authorizationurl", "authorizationendpoint", "authorizationuri", "loginurl",
    "authendpoint", "authuri",
)  # fmt: skip
_HINTS = {
    "pg": "postgres", "psql": "postgres", "pgsql": "postgres", "postgresql": "postgres", "mongodb": "mongo",
    "mariadb": "mysql", "rabbitmq": "amqp", "rabbit": "amqp", "es": "http", "elastic": "http", "zipkin": "http",
    "memcache": "memcached", "mail": "smtp", "zk": "zookeeper", "valkey": "redis", "mssql": "sqlserver",
}  # fmt: skip
_WEB = word_set("web www http ui rest api webui frontend dashboard")
_GRPC_NAMES = (("frontend", "address"), ("scheduler", "address"))
"""How Loki, Mimir and Tempo name whom their parts ask. Source: their configuration references (`frontend_worker`)."""
_QUIET = word_set("web www tcp tls udp metrics ws git http https db dns")


@lru_cache(maxsize=8192)
def words(key: str) -> tuple[str, ...]:
    """Cut a key into lower-case words: `EXT_ENDPOINT`, `externalUrl`, `--web.external-url`."""
    return tuple(part.lower() for word in _WORD.findall(key[:200]) for part in _CAMEL.split(word) if part)


@lru_cache(maxsize=8192)
def role(key: str) -> Role:
    """Say what a value under this key is for."""
    parts = words(key)
    found = frozenset(parts)
    joined = "".join(parts)
    if found & _EXEMPT or joined.endswith("noproxy"):
        return Role.EXEMPT
    if found & _LISTEN:
        return Role.LISTEN
    if parts[-2:-1] in (("service",), ("svc",)) and "public" not in found:
        return Role.TARGET
    if found & _CERTIFICATE or joined.endswith(("dnsname", "dnsnames", "servername", "commonname")):
        return Role.CERTIFICATE
    subject = parts[-2] if len(parts) > 1 and parts[-1] in _LINK_WORDS else (parts or ("",))[-1]
    if subject in _DISPLAY:
        return Role.DISPLAY
    if subject in ("image", "images") or ("image" in found and found & {"repository", "registry", "name", "tag"}):
        return Role.IMAGE
    return Role.PUBLIC if _is_public(found, joined) else Role.TARGET


def _is_public(found: frozenset[str], joined: str) -> bool:
    if found & _PUBLIC or joined.endswith(
        ("rooturl", "siteurl", "wphome", "overwritecliurl", "appurl", "virtualhost", "selfurl", "baseurlpath")
    ):
        return True
    outside = found & {"external", "ext"}
    # EXTERNAL_URL is one's own; EXTERNAL_PAYMENT_URL is somebody else's.
    return bool(outside) and found - outside <= _NEUTRAL


@lru_cache(maxsize=8192)
def means_host(key: str) -> bool:
    """Whether a bare word under this key is a host name."""
    parts = words(key)
    if not parts:
        return False
    if parts[-1] == "name":
        return len(parts) > 1 and parts[-2] in ("host", "dns", "domain")
    if parts[-1] in _NOT_A_HOST:
        return False
    if parts[-1].endswith(("host", "hostname", "addr", "url", "uri")) and parts[-1] != "ghost":
        return True
    if (parts[-1] == "connect" and protocol(key)) or parts[-2:] == ("service", "dns"):  # `zookeeper.connect`
        return True
    return parts[-1].rstrip("0123456789") in _HOST_WORDS or "contactpoints" in "".join(parts)


@lru_cache(maxsize=8192)
def surely_means_host(key: str) -> bool:
    """Whether a bare word under this key is a host name even where nothing in the cluster is called so."""
    return means_host(key) and words(key)[-1] not in _LOOSE_WORDS


@lru_cache(maxsize=8192)
def may_mean_host(key: str) -> bool:
    """Whether a bare word under this key might be a host name: the key names a product or a store."""
    parts = words(key)
    if not parts or parts[-1] in _NOT_A_HOST - {"db", "queue"}:
        return False
    return parts[-1] in _WEAK_WORDS or bool(protocol(parts[-1]))


@lru_cache(maxsize=8192)
def names_something_else(key: str) -> bool:
    """Whether a bare word under this key names anything but a host: a user, a database, a kind of something."""
    parts = words(key)
    return not parts or parts[-1] in _NOT_A_HOST or role(key) is not Role.TARGET


@lru_cache(maxsize=8192)
def is_for_browser(key: str) -> bool:
    """Whether a URL under this key is where a person is sent to sign in (OAuth 2.0: the authorization endpoint)."""
    return "".join(words(key)).endswith(_SIGN_IN)


@lru_cache(maxsize=8192)
def means_peer(key: str) -> bool:
    """Whether the key speaks of members of the workload's own cluster."""
    return bool(_PEER.intersection(words(key)))


@lru_cache(maxsize=8192)
def protocol(key: str) -> str:
    """Tell what protocol a key suggests (`REDIS_ADDR`), or an empty string."""
    parts = words(key)
    if "bootstrap" in parts and ("servers" in parts or "server" in parts or "brokers" in parts):
        return "kafka"
    if parts[-2:] in _GRPC_NAMES:
        return "grpc"
    for word in parts:
        hint = _HINTS.get(word) or (from_port_name(word) if word not in _QUIET else None)
        if hint and hint not in ("tcp", "tls", "udp"):
            return hint
    return "http" if _WEB.intersection(words(key)) else ""
