"""Single words: which stay, which are numbers or addresses, and what stands for the others."""

from __future__ import annotations

import re

from planner.sources.anonymise.addresses import Addresses
from planner.sources.anonymise.pseudonyms import Pseudonyms

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FOUR = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
DOTTED = rf"(?<![\w.])(?:{_FOUR}\.){{3}}{_FOUR}(?![\w]|\.\d)"
_DASHED = (
    rf"(?<![0-9A-Za-z])(?<!\d-)(?:{_FOUR}(?P<dash>-|_|\\{{1,2}}\.))"
    rf"{_FOUR}(?P=dash){_FOUR}(?P=dash){_FOUR}(?![0-9A-Za-z]|-\d)"
)
_PIECE = re.compile(rf"(?P<dotted>{DOTTED})|(?P<dashed>{_DASHED})|(?P<run>[^\W_]+)")
_UNIT = re.compile(
    r"\d{1,12}(?:ms|us|ns|s|m|h|d|w|y|k|K|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|b|B|kb|KB|kB|mb|MB|gb|GB|m\d+s|h\d+m|h\d+m\d+s|x|st|nd|rd|th)"
)
_VERSION = re.compile(r"[vV]\d{1,3}(?:(?:alpha|beta|rc)\d{0,3})?|\d{1,3}(?:alpha|beta|rc)\d{0,3}")
_NUMBERED = re.compile(r"([^\W\d_]+)(\d+)")
_HEXADECIMAL = re.compile(r"[0-9a-f]{7,}|[0-9A-F]{7,}")
_CHANGES = re.compile(r"(?<=[a-z])(?=[A-Z0-9+/])|(?<=[A-Z])(?=[a-z0-9+/])|(?<=[0-9])(?=[A-Za-z+/])")


class Words:
    """Replaces every word of a text that is not to be kept, and leaves what stands between them."""

    def __init__(self, pseudonyms: Pseudonyms, addresses: Addresses) -> None:
        self._pseudonyms = pseudonyms
        self._addresses = addresses

    def __call__(self, text: str, keep: frozenset[str] = frozenset()) -> str:
        """Replace every word of a text that is not to be kept."""

        def put(match: re.Match[str]) -> str:
            if match["run"]:
                return self._run(match[0], keep)
            mark = match["dash"] or "."
            return (self._addresses.put(match[0].replace(mark, ".")) or match[0]).replace(".", mark)

        return _PIECE.sub(put, text)

    def _run(self, run: str, keep: frozenset[str]) -> str:
        if run.lower() in keep or _UNIT.fullmatch(run) or _VERSION.fullmatch(run):
            return run
        if run.isdigit():
            return run if len(run) <= 5 or not run.isascii() else self._pseudonyms.number(run)
        mixed = len(_CHANGES.split(run)) > 2 and any(map(str.isdigit, run)) and len(run) >= 5
        if (
            run[0].isdigit()
            or (_HEXADECIMAL.fullmatch(run) and any(map(str.isdigit, run)))
            or (mixed and is_random(run))
        ):
            return self._pseudonyms.token(run)
        return "".join(self._piece(piece, keep) for piece in _CAMEL.split(run))

    def _piece(self, piece: str, keep: frozenset[str]) -> str:
        if piece.lower() in keep or (len(piece) == 1 and keep):
            return piece
        numbered = _NUMBERED.fullmatch(piece)
        if numbered:
            word, digits = numbered[1], numbered[2]
            shown = word if word.lower() in keep else self._pseudonyms.word(word)
            return shown + (digits if len(digits) <= 5 else self._pseudonyms.number(digits))
        return self._pseudonyms.token(piece) if any(map(str.isdigit, piece)) else self._pseudonyms.word(piece)


def is_random(text: str) -> bool:
    """Whether a text changes between letters and digits too often to be words."""
    plain = text.rstrip("=")
    return (
        len(_CHANGES.split(plain)) > 0.35 * len(plain)
        or text.endswith("=")
        or bool(_HEXADECIMAL.fullmatch(text) and any(map(str.isdigit, text)) and any(map(str.isalpha, text)))
    )


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 address and nothing else."""
    return re.fullmatch(DOTTED, text) is not None
