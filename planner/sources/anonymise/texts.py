"""One text to its anonymised form, by what it is: a name, a host, a setting's name, an image, or running text.

Every word is looked at alone, so that what relates still does: `cart-service`, `CART_SERVICE_HOST` and
`cart.shop.svc` share the word *cart*. The place decides which public words stay. In a name or a host none does (a
Service called `redis` tells nothing to the analysis by its name), in the name of a setting those that say what the
setting is, in running text those and no product. A word that is the name of an object is treated as a name wherever it
stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from planner.sources.anonymise import vocabulary
from planner.sources.anonymise.addresses import Addresses
from planner.sources.anonymise.pseudonyms import Pseudonyms
from planner.sources.anonymise.words import DOTTED, Words, is_address, is_random

_LONGEST_LABEL, _LONGEST_PORT = 52, 15
"""52 is the most that a CronJob may have, 63 the most of a label; one limit for all keeps equal names equal."""

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?(?!\w)"
_UUID = r"(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-])"
_MAC = r"(?<![\w:])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\w:])"
_SIX = r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:(?:\.\d{1,3}){3})?(?![\w:])"
_SCHEME = r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.\-]{0,40}(?::[A-Za-z][A-Za-z0-9+.\-]{0,40}){0,3}(?=://)"
_NEXT = r"(?:,[A-Za-z][A-Za-z0-9+.\-]{0,40}://)"
_SCAN = re.compile(
    rf"""(?P<time>{_TIME})|(?P<uuid>{_UUID})|(?P<mac>{_MAC})
    |(?P<scheme>{_SCHEME})://(?P<authority>(?:(?!{_NEXT})[^\s/"'<>?\#\\|;(){{}}$])*)
    |(?P<six>{_SIX})(?:/(?P<sixbits>\d{{1,3}})(?!\d))?
    |(?P<four>{DOTTED})(?:/(?P<fourbits>\d{{1,2}})(?!\d))?
    |(?P<blob>(?<![\w+/])[A-Za-z0-9+/]{{20,}}={{0,2}}(?![\w]))
    |(?P<digest>sha(?:1|256|384|512)[:-])(?P<hex>[0-9a-fA-F]{{16,}})
    |(?P<word>[^\W_](?:[\w.\-]*[^\W_])?)""",
    re.VERBOSE,
)
_LINK = re.compile(r"([A-Z][A-Z0-9_]*?)(_SERVICE_(?:HOST|PORT)(?:_[A-Z0-9_]+)?|_PORT_\d+_(?:TCP|UDP)(?:_\w+)?)")
_KEY_AFTER = re.compile(r"[\"']?\]?[ \t]{0,40}(?:=(?!=)|:=|=>|:(?=[\s\"'{\[|>]|$))|[\"']\s{0,9}:")
_PORT_AFTER = re.compile(r":\d{2,5}(?![\w])")
_MAIL_BEFORE, _MAIL_AFTER = re.compile(r"[\w.+\-]@$"), re.compile(r"@\w")
_CHOICE_BEFORE = re.compile(
    r"(?:^|[\s,{\"'])@?(?:role|action|type|kind|mode|scheme|protocol)[\"']?\s{0,9}[:=]?\s{0,9}[\"']?$"
)
"""What stands before one of a few words of a product's own."""
_VALUE_BEFORE = re.compile(r"(?:[=:,\[]|=>)\s{0,40}[\"']?$|^\s*-\s+[\"']?$|^[\"']?$")
_VALUE_AFTER = re.compile(r"[\"']?\s*(?:[,;}\])]|$)", re.MULTILINE)
_DOCKER_WORDS = re.compile(r"[/:@]")


class Texts:
    """Anonymises texts; with `known` the names of objects, which are names wherever they stand alone."""

    def __init__(self, pseudonyms: Pseudonyms, addresses: Addresses, known: frozenset[str]) -> None:
        self._pseudonyms = pseudonyms
        self._addresses = addresses
        self._known = known
        self._words = Words(pseudonyms, addresses)
        self.text: Callable[[str], str] = lru_cache(maxsize=65536)(self._text)
        self.name: Callable[[str], str] = lru_cache(maxsize=65536)(self._name)
        self.host: Callable[[str], str] = lru_cache(maxsize=65536)(self._host)
        self.key: Callable[[str], str] = lru_cache(maxsize=65536)(self._key)

    def number(self, value: int) -> int:
        """Return what stands for a long number, and short ones as they are."""
        digits = str(abs(value))
        if len(digits) <= 5:
            return value
        return int(self._pseudonyms.number(digits)) * (-1 if value < 0 else 1)

    def note(self, text: str) -> str:
        """Anonymise a message of meshplan itself."""
        return self._scan(text, vocabulary.NOTES)

    def _name(self, text: str) -> str:
        """Anonymise the name of an object, of a namespace, of a container, or the value of a label."""
        if text in vocabulary.section("names"):
            return text
        head, colon, rest = text.partition(":")
        if head == "system" and colon:
            return f"system:{rest if rest in vocabulary.section('system') else self._system(rest)}"
        return ".".join(self._label(label) for label in text.split(".")) if not is_address(text) else self._words(text)

    def _system(self, rest: str) -> str:
        parts = rest.split(":")
        return ":".join(part if part in vocabulary.section("system") else self.name(part) for part in parts)

    def _label(self, label: str) -> str:
        if label in vocabulary.section("names"):
            return label
        mapped = self._words(label, vocabulary.section("prefixes"))
        return mapped if len(mapped) <= _LONGEST_LABEL or len(mapped) <= len(label) else self._pseudonyms.token(label)

    def _host(self, text: str) -> str:
        """Anonymise a host name: every label a name, but for the ending that says what kind of host it is."""
        if text.lower() in vocabulary.section("hosts") or text in vocabulary.section("names") or is_address(text):
            return self._words(text, vocabulary.section("hosts")) if is_address(text) else text
        head, inside, domain = text.partition(".svc")
        if inside and (not domain or domain[0] == "."):
            known = domain.rstrip(".") in ("", ".cluster.local")
            return f"{self.name(head)}.svc{domain if known else '.' + self.host(domain[1:])}"
        labels = text.split(".")
        last = len(labels) - 1 if labels[-1] else len(labels) - 2
        return ".".join(self._host_label(label, at, last, labels) for at, label in enumerate(labels))

    def _host_label(self, label: str, at: int, last: int, labels: list[str]) -> str:
        lowered = label.lower()
        if not label or lowered in ("default", "kubernetes") or lowered in vocabulary.section("hosts"):
            return label
        if at == last and at > 0 and not (label in self._known and (at == 1 or labels[at - 1] in self._known)):
            if lowered in vocabulary.section("host-ends"):
                return label
            if len(label) == 2 and label.isascii() and label.isalpha():
                return label if lowered in ("tv", "me") else self._pseudonyms.country(lowered)
        if at == 0 and last > 1 and lowered in vocabulary.section("host-heads") and label not in self._known:
            return label
        return self.name(label)

    def _key(self, text: str) -> str:
        """Anonymise the name of a setting, of a variable or of a file."""
        link = _LINK.fullmatch(text)
        if link:
            return self._words(link[1]) + link[2]
        head, slash, rest = text.rpartition("/")
        if slash and vocabulary.is_public_domain(head):
            return f"{self.domain(head)}/{rest}"
        return self._words(text, vocabulary.KEYS)

    def domain(self, text: str) -> str:
        """Anonymise an API group or the domain before a label's key."""
        for end in sorted(vocabulary.DOMAINS, key=len, reverse=True):
            if text == end:
                return text
            if text.endswith(f".{end}"):
                return (
                    self._words(text[: -len(end) - 1], vocabulary.KEYS | vocabulary.section("subdomains")) + f".{end}"
                )
        return text if text in vocabulary.section("groups") or not text else self.host(text)

    def label_key(self, text: str) -> str:
        """Anonymise the key of a label or an annotation: those of public domains and a few others stay."""
        if text in vocabulary.LABELS:
            return text
        head, slash, rest = text.partition("/")
        if not slash:
            return self.name(text)
        if vocabulary.is_public_domain(head):
            open_end = "apparmor" in head or "seccomp" in head or head.endswith("node-role.kubernetes.io")
            return f"{self.domain(head)}/{self.name(rest) if open_end else rest}"
        return f"{self.host(head)}/{self.name(rest)}"

    def port_name(self, text: str) -> str:
        """Anonymise the name of a port: the words that name a protocol stay."""
        if text.isdigit() or text in vocabulary.section("values"):
            return text
        head, slash, rest = text.rpartition("/")
        if slash:
            return f"{self.domain(head)}/{rest if vocabulary.is_public_domain(head) else self.port_name(rest)}"
        mapped = self._words(text, vocabulary.PORT_NAMES)
        if len(mapped) <= _LONGEST_PORT or len(mapped) <= len(text):
            return mapped
        first, hyphen, rest = text.partition("-")
        if hyphen and first.lower() in vocabulary.PORT_NAMES:
            return f"{first}-{self._pseudonyms.token(rest)}"
        return self._pseudonyms.token(text)

    def image(self, text: str) -> str:
        """Anonymise an image: words of public products stay in its path and tag, versions stay, digests do not."""
        name, at, digest = text.partition("@")
        parts = name.split("/")
        shown = [self._words(part, vocabulary.IMAGE) for part in parts]
        if len(parts) > 1 and (set(".:") & set(parts[0]) or parts[0] == "localhost"):
            host, colon, port = parts[0].partition(":")
            shown[0] = self.host(host) + colon + port
        kind, colon, value = digest.partition(":")
        return "/".join(shown) + at + kind + colon + self._pseudonyms.blob(value)

    def _text(self, text: str) -> str:
        """Anonymise running text: a value, a command, a file."""
        return self._scan(text, vocabulary.TEXT)

    def _scan(self, text: str, keep: frozenset[str]) -> str:
        return _SCAN.sub(lambda match: self._found(match, keep), text) if text else text

    def _found(self, match: re.Match[str], keep: frozenset[str]) -> str:
        kind = match.lastgroup
        text = match[0]
        if kind == "time":
            return text
        if kind in ("uuid", "mac"):
            return self._like(text)
        if kind == "authority":
            return self._scheme(match["scheme"]) + "://" + self._authority(match["authority"])
        if kind in ("six", "sixbits"):
            return self._addresses.put(match["six"], match["sixbits"] or "") or self._words(text, keep)
        if kind in ("four", "fourbits"):
            return self._addresses.put(match["four"], match["fourbits"] or "") or text
        if kind == "hex":
            return match["digest"] + self._pseudonyms.blob(match["hex"])
        if kind == "blob" and is_random(text):
            head = "AAAA" if text.startswith("AAAA") else ""  # tells the readers that this is the public key of a host
            return head + self._pseudonyms.blob(text)
        return self._pieces(match, keep) if kind == "blob" else self._word(match, text, match.start(), keep)

    def _pieces(self, match: re.Match[str], keep: frozenset[str]) -> str:
        """Treat what looked like a key but is a path or a long word as the words in it."""
        pieces, at = [], match.start()
        for piece in re.split(r"([+/=]+)", match[0]):
            pieces.append(self._word(match, piece, at, keep) if piece and piece[0] not in "+/=" else piece)
            at += len(piece)
        return "".join(pieces)

    def _like(self, text: str) -> str:
        """Replace hexadecimal digits one by one."""
        digits = iter(self._pseudonyms.blob(text.lower(), len(text)))
        return "".join(next(digits) if character.isalnum() else character for character in text)

    def hosts(self, text: str) -> str:
        """Anonymise a host with what may stand around it: `*.`, a namespace and a slash, a port."""
        return self._authority(text)

    def path(self, text: str) -> str:
        """Anonymise a path of files or of a URL."""
        return re.sub(r"[^\W_](?:[\w.\-]*\w)?", lambda match: self.key(match[0]), text)

    def _scheme(self, text: str) -> str:
        return ":".join(
            part if part.lower() in vocabulary.SCHEME_NAMES else self._words(part, vocabulary.KEYS)
            for part in text.split(":")
        )

    def _authority(self, text: str) -> str:
        six = re.match(r"\[([0-9A-Fa-f:.]+)\](.*)", text)
        if six:
            return f"[{self._addresses.put(six[1]) or self._words(six[1])}]{six[2]}"
        return re.sub(r"[^\W_](?:[\w.\-]*\w)?", lambda match: self.host(match[0]), text)

    def _word(self, match: re.Match[str], word: str, start: int, keep: frozenset[str]) -> str:
        """Decide what one word of a text is, by its form and by what stands around it."""
        text, end = match.string, start + len(word)
        before, after = text[max(0, start - 60) : start], text[end : end + 60]
        single = word.lower()
        if single in vocabulary.section("commands") and word not in self._known:
            return word
        if single in vocabulary.ANYWHERE and not _PORT_AFTER.match(after):
            return word
        if (
            _MAIL_BEFORE.search(before)
            or _MAIL_AFTER.match(after)
            or _PORT_AFTER.match(after)
            or before.endswith("upstream ")
        ):
            return self.host(word)
        if _KEY_AFTER.match(after):
            return self._setting(word, before)
        if "." in word and _is_domain(word, self._known):
            return self.host(word)
        if before.endswith("-") and not (before[-2:-1].isalnum()):
            return self._setting(word, before)
        if single in vocabulary.TEXT and _CHOICE_BEFORE.search(before.rpartition("\n")[2]):
            return word
        if self._is_alone(word, before, after):
            return self.name(word)
        if before.endswith("/") or "_" in word or "." in word or word != single or after[:1] == "/":
            return self.key(word)
        return self._words(word, keep if "-" not in word else frozenset())

    def _setting(self, word: str, before: str) -> str:
        if word.startswith("D") and before.endswith("-") and word[1:2].islower():
            return "D" + self.key(word[1:])
        return self.key(word)

    def _is_alone(self, word: str, before: str, after: str) -> bool:
        """Whether a word is a name: that of an object, or the whole value of a setting."""
        if word in self._known and not before.endswith("/"):
            return True
        if before.endswith("/") and before[:-1].rpartition(" ")[2].rpartition("=")[2].strip("\"'") in self._known:
            return True
        lines = before.rpartition("\n")[2]
        return bool(_VALUE_BEFORE.search(lines)) and bool(_VALUE_AFTER.match(after)) and not word.startswith("_")


def _is_domain(word: str, known: frozenset[str]) -> bool:
    labels = word.rstrip(".").lower().split(".")
    last = labels[-1]
    if word.rpartition(".")[2] != word.rpartition(".")[2].lower() and not word.isupper():
        return False
    if ".svc" in word or labels[-1] in known or (labels[0] in known and len(labels) == 2):
        return last not in vocabulary.section("file-ends")
    if last in vocabulary.section("file-ends") and len(labels) == 2:
        return False
    return (len(last) == 2 and last.isalpha()) or last in vocabulary.section("host-ends")
