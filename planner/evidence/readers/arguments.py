"""Addresses in commands and arguments of all containers, in lifecycle hooks and in exec probes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence import confidence, switches
from planner.evidence.emit import sight
from planner.evidence.hosts import Meaning
from planner.evidence.sighting import Address, Form, Role, Sighting
from planner.evidence.text import addresses, keys, shell, values
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
    for workload in world.inventory.variants:
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
    expanded = [(path, world.links.put(expand(word, known), workload.ref.namespace)) for path, word in words]
    for path, key, address in _addresses(expanded, workload, known, world):
        reason = switches.reason(key, address.host, off) or (
            "" if _certifies(expanded, key) is False else Role.CERTIFICATE.reason
        )
        peer = keys.means_peer(key)
        yield sight(
            READER, workload.ref, address, workload.object, path, confidence.DIRECT, peer=peer, suppressed=reason
        )


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
    for index, (path, word) in enumerate(words):
        if is_shell and index and (" " in word or "\n" in word or "$" in word):
            for address in shell.read(word, known):
                yield path, "", address
            continue
        after = flat[index + 1] if index + 1 < len(flat) else ""
        for key, address in _word(word, after, flat[index - 1] if index else ""):
            yield path, key, address
        beside = _beside(word, after, workload, world)
        if beside:
            yield path, "", beside
    if not is_shell and len(flat) > 1:
        yield from _client(words)


def _word(word: str, after: str, before: str) -> Iterator[tuple[str, Address]]:
    """Yield the addresses of one word, with the flag that it belongs to."""
    name, equals, value = word.partition("=")
    if word.startswith("-") and equals:
        key = name.lstrip("-").removeprefix("D") if name.startswith("-D") else name.lstrip("-")
        yield from ((key, address) for address in values.found(key, value))
    elif word.startswith("-") and after and not after.startswith("-"):
        key = word.lstrip("-")
        # The value is cited at its own word, where it is found without a key; here only what needs the key.
        if len(key) > 1 and not any(True for _ in addresses.in_line(after)):
            yield from ((key, address) for address in values.found(key, after))
    elif not word.startswith("-"):
        key = before.lstrip("-") if before.startswith("-") and "=" not in before else ""
        listed = values.found(key, word) if key else addresses.in_line(word)
        for address in listed:
            if address.form in (Form.URL, Form.PAIR, Form.SPLIT):
                yield key, replace(address, sure="\n" not in word and " " not in word)


def _beside(word: str, after: str, workload: Workload, world: World) -> Address | None:
    """Read a name and a number that follow each other, where a Service has that name and that port."""
    if not after.isdigit() or len(after) > 5 or word.startswith("-"):
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
