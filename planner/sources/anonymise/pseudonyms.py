"""Words, numbers and tokens to what stands for them: the same for the same, in an order that tells nothing.

Used twice: a first pass over the whole snapshot notes what there is, `settle` gives each its pseudonym, and a second
pass puts them. A pseudonym is made of letters only (`x` and syllables), so that a word in capitals, in camel case or
with a number behind it keeps its form for the readers: `CART_HOST`, `cartUrl`, `cart2` become `XABO_HOST`, `xaboUrl`,
`xabo2`.

The order is that of a keyed digest whose key is made of everything that was noted. A plain digest would allow to test a
guess ("is there a word *payments* at about this place?"); this key is known only to whoever has the original, and the
same original gives the same file. The price: two scans at two moments have different pseudonyms.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterator

from planner.sources.anonymise.vocabulary import EVERY_WORD

_SYLLABLES = tuple(consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou")
_LONGEST_BLOB = 64


class Pseudonyms:
    """What stands for what; see the module."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._countries: dict[str, str] = {}
        self._blobs: set[str] = set()
        self._key = b""

    def settle(self, also: Callable[[], str] = lambda: "") -> bytes:
        """Give everything noted its pseudonym; nothing new may be asked for afterwards.

        Args:
            also: More of the original that goes into the key.

        Returns:
            The key, for what is mapped by itself.
        """
        noted = ["\0".join(sorted(group)) for group in (self._words, self._numbers, self._countries, self._blobs)]
        self._key = hashlib.sha256("\1".join((*noted, also())).encode("utf-8", "surrogatepass")).digest()
        free = (word for word in _invented() if word not in self._words and word not in EVERY_WORD)
        self._words = dict(zip(self._shuffled(self._words), free, strict=False))
        self._numbers = self._other_numbers()
        codes = (code for code in _codes() if code not in self._countries)
        self._countries = dict(
            zip(self._shuffled(self._countries), itertools.chain(codes, itertools.repeat("zz")), strict=False)
        )
        return self._key

    def word(self, text: str) -> str:
        """Return what stands for a word; in capitals, or with a capital, where the word is."""
        lowered = text.lower()
        found = self._words.setdefault(lowered, "") or lowered
        if text == lowered:
            return found
        return found.upper() if text == text.upper() else found.capitalize()

    def token(self, text: str) -> str:
        """Return what stands for something that is one thing, capitals and all: a hash, a very long name."""
        return self._words.setdefault(f"={text}", "") or text

    def number(self, digits: str) -> str:
        """Return as many digits, which stand for a long number."""
        return self._numbers.setdefault(digits, "") or digits

    def country(self, code: str) -> str:
        """Return two letters that stand for the country at the end of a host name."""
        return self._countries.setdefault(code, "") or code

    def blob(self, text: str, longest: int = _LONGEST_BLOB) -> str:
        """Return a text of hexadecimal digits that stands for a key, a digest or the like."""
        if not self._key:
            self._blobs.add(text)
            return text
        return (self.digest(text) * 2)[: min(len(text), longest)]

    def digest(self, text: str) -> str:
        """Return the keyed digest of a text, as 64 hexadecimal digits."""
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _shuffled(self, noted: dict[str, str]) -> list[str]:
        return sorted(noted, key=lambda text: (self.digest(text), text))

    def _other_numbers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        taken = set(self._numbers)
        for digits in self._shuffled(self._numbers):
            first, wide = int(digits[0]) or 1, 10 ** (len(digits) - 1)
            at = int(self.digest(digits), 16) % wide
            tries = (str(first * wide + (at + step) % wide) for step in range(wide))
            found[digits] = next((one for one in tries if one not in taken), str(first * wide + at))
            taken.add(found[digits])
        return found


def _invented() -> Iterator[str]:
    """Yield invented words, short ones first, without end."""
    for length in itertools.count(2):
        for syllables in itertools.product(_SYLLABLES, repeat=length):
            yield "x" + "".join(syllables)


def _codes() -> Iterator[str]:
    """Yield the two letters that ISO 3166 leaves to users, which are no country."""
    yield from (f"q{letter}" for letter in "mnopqrstuvwxyz")
    yield from (f"x{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
    yield from ("aa", "zz")
