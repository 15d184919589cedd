"""Hosts that stand in texts and are never called: placeholders, names of schemas, links to documents."""

from __future__ import annotations

import ipaddress
import re

from planner.evidence.words import word_set

_PLACEHOLDERS = word_set(
    """changeme placeholder yourdomain your-domain mydomain my-domain yourcompany your-company example foo bar foobar
    replaceme replace-me todo tbd xxx redacted domain somedomain some-domain dummy undefined null none"""
)
_PLACEHOLDER_ENDS = (".example", ".invalid", ".example.com", ".example.org", ".example.net", ".domain.tld", ".foo.bar")
_SCHEMA_HOSTS = word_set(
    """www.w3.org w3.org json-schema.org schema.org xmlns.jcp.org java.sun.com xmlns.com purl.org schemas.xmlsoap.org
    schemas.microsoft.com schemas.openxmlformats.org maven.apache.org logging.apache.org www.springframework.org
    xmlns.oracle.com docbook.org json.schemastore.org schemas.android.com www.apache.org apache.org opensource.org
    www.opensource.org www.gnu.org creativecommons.org spdx.org tools.ietf.org datatracker.ietf.org ns.adobe.com
    www.springmodules.org mybatis.org hibernate.org www.hibernate.org jakarta.ee"""
)
_DOCUMENT_HOST = re.compile(r"(?:docs?|documentation|help|support|wiki|blog|runbooks?|developers?|learn)\.")
_DOCUMENT_PATH = re.compile(
    r"/(?:docs?|documentation|wiki|blob|tree|issues|pull|blog|releases(?!/download)|questions|help|faq|LICENSE)(?:[/#?\"'\s)]|$)"
)
_CODE_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "stackoverflow.com", "medium.com", "en.wikipedia.org")

NOT_NETWORK = word_set(
    """file classpath unix s3 s3a s3n gs gcs jar data spiffe urn docker docker-daemon docker-archive containerd secret
    env template chrome-extension moz-extension android about tel arn abfs abfss wasb wasbs azblob azure oci-layout
    configmap k8s vault ref awssm gcpsm memory mem inmem inmemory in-memory local noop mock static null stub fd
    npipe http+unix unix+http grpc+unix sqlite sqlite3 h2 bolt-file leveldb badger tmp resource bundle view
    redirect forward"""
)
"""Schemes of addresses that name no host."""

_TLDS = word_set(
    """com net org io dev app cloud ai co info biz edu gov mil int tech online site xyz tv systems network services
    digital works tools page run solutions software company team zone live store shop blog media agency group global
    world today space website host pro name mobi aero coop museum eu uk arpa goog google amazon aws azure security
    email link click bank finance insurance health academy center expert guru engineering"""
)
_PRIVATE = word_set("local internal lan corp home intranet private localdomain test consul cluster svc")
_FILE_ENDS = word_set(
    """sh py rs md so cc pl ps js ts go rb cs sql xml yml yaml json txt log conf cfg ini pem key crt"""
)
_DOCUMENTATION_NETS = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)


def reason(host: str, scheme: str = "", text: str = "") -> str:
    """Say why a host that is not in the cluster is never called; empty where nothing speaks against it.

    Args:
        host: Lower-case host name or address.
        scheme: Scheme of the URL, or an empty string.
        text: The words around it.
    """
    if scheme in NOT_NETWORK:
        return f"{scheme}:// names no host"
    if is_placeholder(host):
        return "a placeholder"
    if host in _SCHEMA_HOSTS or host.startswith("schemas."):
        return "the name of a schema or a licence"
    if _DOCUMENT_HOST.match(host) or (host.endswith(_CODE_HOSTS) and _DOCUMENT_PATH.search(text)):
        return "a link to a document"
    if _DOCUMENT_PATH.search(text) and "/docs" in text:
        return "a link to a document"
    return ""


def is_placeholder(host: str) -> bool:
    """Whether a host is one that the reader of a file is meant to replace.

    Source: RFC 2606 and RFC 6761 (example, invalid), RFC 5737 and RFC 3849 (addresses for documents), habit.
    """
    bare = f".{host.strip('.')}"
    if bare.endswith(_PLACEHOLDER_ENDS) or bare == ".example":
        return True
    labels = host.split(".")
    if any(
        label in _PLACEHOLDERS or label.startswith(("your-", "your_", "yourdomain", "changeme")) for label in labels
    ):
        return len(labels) > 1 or labels[0] not in ("foo", "bar", "domain", "example")
    return _is_documentation_address(host)


def _is_documentation_address(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    inside = any(address in net for net in _DOCUMENTATION_NETS if net.version == address.version)
    return inside or address.is_multicast or host == "255.255.255.255"


def is_domain(host: str) -> bool:
    """Whether a dotted name is plausibly a DNS name, and not a file, a class or a version.

    Without a list of all top-level domains: two letters, or one of the common ones, or a private suffix.
    """
    labels = host.rstrip(".").split(".")
    last = labels[-1]
    if len(labels) < 2 or not last.isascii() or not last.isalpha():
        return False
    if last in _FILE_ENDS and len(labels) == 2:
        return False
    return len(last) == 2 or last in _TLDS or last in _PRIVATE
