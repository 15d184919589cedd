"""Flags of a command: `--db-host=x`, `--db-host x`, `-Ddb.host=x`, and lists of peers without ports (`--join a,b`)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form
from planner.evidence.text import addresses, keys, shell, values
from planner.evidence.text.comments import stripped

_MOST = 2000


def values_of(words: list[str]) -> Mapping[str, str]:
    """Return the values of all flags by name, written in one word or in two."""
    found: dict[str, str] = {}
    for word, after in itertools.zip_longest(words, words[1:], fillvalue=""):
        if word.startswith("-"):
            name, equals, value = word.partition("=")
            found[_name(name)] = value if equals else after
    return found


def in_word(word: str, after: str, before: str) -> Iterator[tuple[str, Address]]:
    """Yield the addresses of one word, with the flag that it belongs to.

    Args:
        word: The word.
        after: The next one; where `word` is a flag without `=`, its value.
        before: The one before; where it is a flag, `word` is its value.
    """
    name, equals, value = word.partition("=")
    key = _name(name)
    if word.startswith("-") and equals:
        yield from ((key, address) for address in (*values.found(key, value), *_peers(key, value)))
    elif word.startswith("-") and after and not after.startswith("-"):
        # The value is cited at its own word, where it is found without a key; here only what needs the key.
        if len(key) > 1 and not any(True for _ in addresses.in_line(after)):
            yield from ((key, address) for address in (*values.found(key, after), *_peers(key, after)))
    elif not word.startswith("-"):
        key = before.lstrip("-") if before.startswith("-") and "=" not in before else ""
        for address in values.found(key, word) if key else addresses.in_line(word):
            if address.form in (Form.URL, Form.PAIR, Form.SPLIT):
                yield key, replace(address, sure="\n" not in word and " " not in word)


def _name(flag: str) -> str:
    return flag.removeprefix("-D") if flag.startswith("-D") else flag.lstrip("-")


def _peers(key: str, value: str) -> Iterator[Address]:
    """Yield the names of a list of members that gives no ports: each asks the others at a port of its own."""
    names = value.split(",")
    if keys.means_peer(key) and not keys.means_host(key) and all("." in name for name in names):
        for name in names[:50]:
            bare = addresses.bare(name)
            if bare:
                yield replace(bare, form=Form.QUALIFIED, sure=False)


def in_script(text: str, known: Mapping[str, str]) -> Iterator[tuple[str, Address]]:
    """Yield the hosts without a port that flags of a program in a script name; others are found without their flag.

    Args:
        text: A command line or a script.
        known: Variables of its environment.
    """
    for offset, line in enumerate(text.splitlines()[:_MOST]):
        words = shell.expand(stripped(line), known).replace('"', "").replace("'", "").split()
        for word, after in itertools.zip_longest(words, words[1:], fillvalue=""):
            if word.startswith("--"):
                for key, address in in_word(word, after, ""):
                    if address.form in (Form.BARE, Form.QUALIFIED):
                        yield key, replace(address, offset=offset, form=Form.QUALIFIED, sure=False)
