"""Addresses in commands and arguments of all containers, in lifecycle hooks and in exec probes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence import confidence, flags, switches
from planner.evidence.emit import sight
from planner.evidence.hosts import Meaning
from planner.evidence.membership import member
from planner.evidence.siblings import with_sibling
from planner.evidence.sighting import Address, Form, Role, Sighting
from planner.evidence.text import addresses, keys, shell
from planner.evidence.variables import expand
from planner.evidence.world import World
from planner.model.fields import Path, dig
from planner.model.workloads import Container, Workload

READER = "arguments"
_HOOKS: tuple[Path, ...] = (
    ("lifecycle", "postStart", "exec", "command"),
    ("lifecycle", "preStop", "exec", "command"),
    ("livenessProbe", "exec", "command"),
    ("readinessProbe", "exec", "command"),
    ("startupProbe", "exec", "command"),
)
_SHELLS = ("sh", "bash", "ash", "dash", "zsh", "fish", "ksh", "busybox")

Word = tuple[Path, str]


def read(world: World) -> Iterator[Sighting]:
    """Yield the addresses in what every container runs."""
    for workload in world.runners:
        for container in workload.containers:
            known = world.values(workload, container)
            yield from _command(container.words, workload, known, world)
            for hook in _HOOKS:
                yield from _command(_words(container, hook), workload, known, world)


def _words(container: Container, hook: Path) -> tuple[Word, ...]:
    listed = dig(container.raw, *hook)
    items = listed if isinstance(listed, list) else ()
    return tuple(((*container.path, *hook, index), word) for index, word in enumerate(items) if isinstance(word, str))


def _command(words: tuple[Word, ...], workload: Workload, known: Mapping[str, str], world: World) -> Iterator[Sighting]:
    off = switches.switched_off(known, [word for _, word in words]) if words else {}
    namespace = workload.ref.namespace
    expanded = [(path, world.links.put(expand(word, known), namespace, known)) for path, word in words]
    for path, key, address in _addresses(expanded, workload, known, world):
        reason = switches.reason(key, address.host, off) or _no_host(address, key, expanded)
        peer = keys.means_peer(key)
        seen = sight(
            READER, workload.ref, address, workload.object, path, confidence.DIRECT, peer=peer, suppressed=reason
        )
        yield member(seen, world)


def _no_host(address: Address, key: str, words: list[Word]) -> str:
    """Say why a word is no host: `tcp:5432` opens a port, a certificate only names its subject."""
    if address.host in ("tcp", "udp") and not address.scheme:
        return "a protocol and a port to listen on"
    return Role.CERTIFICATE.reason if _certifies(words, key) else ""


def _certifies(words: list[Word], key: str) -> bool:
    """Whether a `--host` names the subject of a certificate that the command makes."""
    if key.lower() not in ("host", "hosts", "domain"):
        return False
    return any(
        mark in word for _, word in words for mark in ("--secret-name", "--cert-file", "--ca-file", "--dns-names")
    )


def _addresses(
    words: list[Word], workload: Workload, known: Mapping[str, str], world: World
) -> Iterator[tuple[Path, str, Address]]:
    is_shell = any(word.rpartition("/")[2] in _SHELLS for _, word in words[:2])
    flat = [word for _, word in words]
    beside_it = flags.values_of(flat)
    for index, (path, word) in enumerate(words):
        if is_shell and index and (" " in word or "\n" in word or "$" in word):
            for address in shell.read(word, known):
                yield path, "", address
            for key, address in flags.in_script(word, known):
                if world.hosts.resolve(address.host, workload.ref.namespace).meaning is Meaning.SERVICE:
                    yield path, key, address
            continue
        after = flat[index + 1] if index + 1 < len(flat) else ""
        for key, address in flags.in_word(word, after, flat[index - 1] if index else ""):
            yield path, key, with_sibling(address, key, beside_it) if address.form is Form.BARE else address
        beside = _beside(word, after, workload, world)
        if beside:
            yield path, "", beside
    if not is_shell and len(flat) > 1:
        yield from _client(words)


def _beside(word: str, after: str, workload: Workload, world: World) -> Address | None:
    """Read a name and a number that follow each other, where a Service has that name and that port."""
    if not after.isdecimal() or len(after) > 5 or word.startswith("-"):
        return None
    bare = addresses.bare(word)
    found = world.hosts.resolve(bare.host, workload.ref.namespace) if bare else None
    if not bare or not found or found.meaning is not Meaning.SERVICE or not found.service:
        return None
    return (
        replace(bare, port=int(after), form=Form.PAIR, text=f"{word} {after}")
        if found.service.port(int(after))
        else None
    )


def _client(words: list[Word]) -> Iterator[tuple[Path, str, Address]]:
    """Yield what a client program in the words connects to (`redis-cli -h cache`)."""
    for address in shell.read(" ".join(word.replace("\n", " ") for _, word in words)[:4000], {}):
        if address.form in (Form.QUALIFIED, Form.SPLIT) or (address.form is Form.PAIR and " " in address.text):
            at = next(
                (path for path, word in words if address.text.rpartition(" ")[0].rpartition(" ")[2] == word),
                words[0][0],
            )
            at = next((path for path, word in words if address.host in word.lower()), at)
            yield at, "", replace(address, offset=0)
