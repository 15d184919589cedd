"""Passwords, tokens and keys inside texts: found by the words before them, replaced by a mark.

Only the characters of the secret go. Keys, quotes, line breaks, hosts and ports stay, so that a text says
the same as before to everything that reads it. References (`$(NAME)`, `${NAME}`), paths of files, switches and
URLs are no secrets, whatever stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

REDACTED = "***"

_KEYS = (
    r"(?:api|access|account|private|signing|encryption|master|auth|shared[_-]?access|secret|storage|licen[sc]e|app"
    r"|application|client|consumer|session|jwt|hmac|cipher|secret[_-]?access)[_.-]?key(?:[_-]?base)?"
)
_WORD = (
    rf"(?:(?i:passw(?:or)?d|passphrase|secret|token|credentials?|{_KEYS}|requirepass|masterauth|(?:auth|user)[_-]pass)"
    r"|(?<=[A-Za-z0-9_.\-])(?i:pwd)|(?<![A-Za-z0-9_])[Pp]wd"
    r"|(?<![A-Za-z])[Pp]ass|(?<=[a-z])Pass|(?<!BY)PASS)(?:[_-]?\d{1,2})?"
)
"""The end of a key that says: what follows is secret. `…_file`, `…Name` or `…Ref` end otherwise and are none."""

_ASSIGNING = ("pass", "pwd", "secret", "token", "cred", "key", "auth", "cookie")
_HINTS = (
    *_ASSIGNING, "sig", "@", "bearer", "basic ", "basic\t", "-u", "user ", "gh", "xox", "eyj", "aiza", "_live_",
    "glpat-", "hvs.", "hvb.", "code=", "jwt", "hmac", "/bot", "hooks.", "webhook",
)  # fmt: skip
"""A text without any of these holds nothing to hide; asking so is much faster than searching."""

_PLAIN = r"(?:[^\s;&\"'`,<\\#]|,(?!\s{0,9}[\w.\-]{1,60}[=:])|\\(?![\"'])|(?<!\s)#){1,2000}"
_VALUE = (
    r"(?:\"(?P<double>(?:[^\"\\\n]|\\.){1,2000})\"|'(?P<single>[^'\n]{1,2000})'"
    r"|\\{1,3}\"(?P<escaped>[^\"\n]{1,2000}?)\\{1,3}\"|(?P<plain>" + _PLAIN + r"))"
)
_GAP = r"[ \t]{0,40}"
_ASSIGNED = re.compile(
    rf"{_WORD}(?:{_GAP}:{_GAP}[|>][-+]?\n[ \t]{{1,80}}|\\{{0,3}}[\"']\]?{_GAP}(?:=>|:=?|=(?!=)){_GAP}"
    rf"|{_GAP}(?:=>|:=|=(?![=~])){_GAP}|{_GAP}:[ \t]{{1,40}}"
    rf"|[\"']?,?\s{{1,40}}[\"']?[Vv]alue[\"']?{_GAP}[:=]{_GAP}|[\"'],{_GAP}[\"'][Vv]alue[\"']{_GAP}:{_GAP}"
    rf"){_VALUE}"
)
"""`password=x`, `"token": "x"`, `password: x`, `name: TOKEN` with `value: x`, and a block below a key."""
_SPACED = re.compile(
    rf"(?:(?<![\w.\-])--?[\w.]?[\w.\-]{{0,80}}?{_WORD}[ \t]{{1,9}}(?![-|>&;])"
    rf"|^[ \t]{{0,40}}(?:[\w.\-]{{0,60}}?{_WORD})[ \t]{{1,40}}(?=\S{{1,2000}}[ \t;]{{0,40}}$)(?![=:{{\[]))" + _VALUE,
    re.MULTILINE,
)
"""`--password x` in a command, and a line of just two words such as `requirepass x`."""
_PHRASE = re.compile(
    rf"^[ \t]{{0,60}}(?:-[ \t]{{1,9}})?[\w.\-]{{0,60}}?{_WORD}:[ \t]{{1,40}}"
    r"(?P<plain>[^\s\"'|>{\[#$&*!<%][^\s]{0,400}(?:[ \t]{1,9}[^\s#:=]{1,400}){1,30})[ \t]{0,40}$",
    re.MULTILINE,
)
"""`password: several words`."""
_HEADER = re.compile(
    r"(?i:(?<![\w-])(?:proxy-)?authorization|(?<![\w-])(?:set-)?cookie)[\"']?"
    r"(?:[ \t]{0,9}[:=,][ \t]{0,9}|[ \t]{1,40})[\"']?"
    r"(?:(?i:bearer|basic|token|digest|apikey|bot|splunk)[ \t]{1,9})?(?!(?i:bearer|basic)\b)"
    r"(?P<plain>\*{3}|[^\s\"'\\,<>{}()\[\]]{4,4000})"
)
_XML = re.compile(rf"<[\w.:\-]{{0,80}}?{_WORD}>(?P<plain>[^<>\n]{{1,2000}})</")
_ALWAYS = re.compile(
    r"(?:(?<=[?&;])(?i:x-amz-(?:signature|credential)|x-goog-(?:signature|credential)|sig|signature|key|code|auth|jwt|hmac)"
    r"=(?P<query>[^\s&\"'#<>\\]{1,4000})"
    r"|/bot(?P<bot>\d{5,14}:[\w\-]{10,})"
    r"|hooks\.slack\.com/(?:services|workflows|triggers)/(?P<slack>[\w/\-]{6,})"
    r"|/webhooks/\d{5,30}/(?P<discord>[\w\-]{20,})"
    r"|webhook\.office\.com/(?P<office>[\w@/\-]{20,})"
    r"|(?i:bearer|basic)[ \t]{1,9}(?P<bearer>[A-Za-z0-9+/=._~\-]{16,4000})"
    r"|(?P<known>(?<![\w\-])(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w\-]{16,}|xox[abprs]-[\w\-]{10,}"
    r"|[sr]k_live_\w{10,}|AIza[\w\-]{30,}|hv[sb]\.[\w\-]{20,}|eyJ[\w\-]{8,}\.eyJ[\w\-]{8,}\.[\w\-]{4,}))"
    r"|(?<![\w/.\-])[\w.\-]{1,64}:(?P<dsn>[^\s@:/\"'`,;(){}$<>]{1,200})@(?!sha\d)(?=(?:tcp|unix)?\(|[\w.\-]{1,250}[:/])"
    r"|jdbc:oracle:thin:[^\s/@\"']{1,64}/(?P<oracle>[^\s/@\"']{1,200})@"
    r"|(?:(?<=\s)|^)(?:-u|--user)[ =]{1,4}[\"']?[\w.\-@]{1,64}:(?P<curl>[^\s\"'`$]{1,200})"
    r"|^[ \t]{0,20}user[ \t]{1,9}\S{1,80}[^\n>]{0,200}?[ \t]>(?P<acl>\S{1,400})"
    r"|auth-pass[ \t]{1,9}[\w.\-]{1,80}[ \t]{1,9}(?P<sentinel>\S{1,400}))",
    re.MULTILINE,
)
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(.{1,20000}?)(-----END|\Z)", re.DOTALL)
_KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{8,}|[A-Za-z0-9+/=]+(?=\s*$)")

_HARMLESS = re.compile(
    r"""(?ix: true | false | yes | no | on | off | null | none | nil | ~ | enabled? | disabled? | optional | required
    | string | object | array | \*{3,} | \{+ | \[ | \{\} | \[\] | \| | > | \|- | >-
    | \$\(.*  | \$?\{\{.* | <.* | %\(.* | \$[a-z_]\w*
    | (?:file:|@|file://)? (?:\.{1,2})?
      /(?:etc|var|run|opt|mnt|secrets?|vault|usr|home|tmp|data|app|config|conf|certs?|root|srv|proc|dev|keys?|ssl|tls)
      (?:/[\w.\-]*)*
    )"""
)
_WITH_DEFAULT = re.compile(r"\$\{([\w.\-]{1,120})(?:(:[-=?+]?|-)([^{}]*))?\}?")
_NAME = re.compile(rf"(?:{_WORD}|(?i:authorization|cookie))$")
_STRICT_NAME = re.compile(
    r"(?i:password|passwd|passphrase|token|(?<![a-z])pass|api[_-]?key|authorization|client[_-]?secret)$"
)


_CREDENTIALS_IN_URL = re.compile(r"://[^/\s\"'?#<>]*@")
_SECRET_IN_QUERY = re.compile(
    r"([?&](?:[\w.\-]{0,40}(?:password|passwd|pwd|token|secret|signature|credential|api[_-]?key)|sig)=)"
    r"[^\s&\"'#<>\\,;|{}$]{1,4000}",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def is_secret_name(name: str) -> bool:
    """Whether a variable, header, flag or setting of this name holds a secret."""
    return _NAME.search(name) is not None


@lru_cache(maxsize=8192)
def is_secret_field(name: str) -> bool:
    """Whether a text field of this name in any Kubernetes object holds a secret, rather than the name of one."""
    return _STRICT_NAME.search(name) is not None


def masked(value: str) -> str:
    """Return what is left of a value that stands under a secret name: a reference, a path, a URL, or the mark."""
    text = value.strip()
    if not text or "://" in text or _HARMLESS.fullmatch(text):
        return value
    reference = _WITH_DEFAULT.fullmatch(text)
    if reference:
        return f"${{{reference[1]}{reference[2]}{REDACTED}}}" if reference[3] else value
    return REDACTED


def scrub(text: str) -> str:
    """Replace every secret in a text that some word gives away.

    Args:
        text: One line or a whole file, as the process that reads it sees it.
    """
    lowered = text.lower()
    if not _tells(lowered):
        return text
    if "private key-----" in lowered:
        text = _PRIVATE_KEY.sub(_hide_key, text)
    return "".join(_scrub(part) if telling else part for telling, part in _parts(text))


def hide_credentials(text: str) -> str:
    """Replace user, password and secret parameters of every URL in a text; line breaks stay where they are.

    Run over a whole file before it is parsed, so that no value and no message of the parser carries them any
    further. What needs to know where a value ends is hidden by `scrub`, after parsing.
    """
    text = _CREDENTIALS_IN_URL.sub(f"://{REDACTED}@", text)
    return _SECRET_IN_QUERY.sub(rf"\g<1>{REDACTED}", text)


def _tells(lowered: str) -> bool:
    # A plain loop: a generator costs three times as much, and this runs for every line of every file.
    for hint in _HINTS:  # noqa: SIM110
        if hint in lowered:
            return True
    return False


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Cut a text into runs of lines with and without a telling word; the line after such a word belongs to it."""
    held: list[str] = []
    telling, wanted = False, False
    for line in text.splitlines(keepends=True):
        told = _tells(line.lower())
        if (told or wanted) != telling:
            yield telling, "".join(held)
            held, telling = [], told or wanted
        held.append(line)
        wanted = told
    yield telling, "".join(held)


def _scrub(text: str) -> str:
    lowered = text.lower()
    if "@" in lowered:
        text = _CREDENTIALS_IN_URL.sub(f"://{REDACTED}@", text)
    text = _ALWAYS.sub(_replacer(lambda _: REDACTED), text)
    if "authorization" in lowered or "cookie" in lowered:
        text = _HEADER.sub(_replacer(masked), text)
    if any(hint in lowered for hint in _ASSIGNING):
        for pattern in (_PHRASE, _ASSIGNED, _SPACED, _XML):
            text = pattern.sub(_replacer(masked), text)
    return text


def _replacer(change: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    """Change only the group that matched, and leave the words around it."""

    def put(match: re.Match[str]) -> str:
        group = match.lastgroup
        if group is None:
            return match[0]
        start, end = (at - match.start() for at in match.span(group))
        return match[0][:start] + change(match[group]) + match[0][end:]

    return put


def _hide_key(match: re.Match[str]) -> str:
    return match[1] + _KEY_LINE.sub(REDACTED, match[2]) + match[3]
