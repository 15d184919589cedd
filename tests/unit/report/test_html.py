"""The page: well-formed, self-contained, accessible, and no text of a manifest becomes markup."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from planner.model.finding import Finding
from planner.model.note import Note, NoteKind
from planner.model.refs import Ref
from planner.render.environment import own_folder
from planner.report import html, html_view
from planner.report.contents import Contents
from planner.report.html_phases import bar
from planner.report.html_picture import inline
from tests.unit.report.paper import contents, finding, many, phase, whole_plan

TEMPLATES = own_folder()
HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;"
SVG = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'role="img" aria-labelledby="title" width="900" height="30" viewBox="0 0 900 30"><title id="title">All &lt;b&gt;'
    '</title><g id="node1" class="node" onclick="alert(1)"><a xlink:href="https://evil.example/" xlink:title="web">'
    '<rect fill="url(#tint)" width="3" height="4"/></a></g><script>alert(1)</script><image href="https://e.example/x"/>'
    '<foreignObject><p>hi</p></foreignObject><rect id="tint" fill="url(https://e.example/y)"/></svg>'
)
VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))


class Reader(HTMLParser):
    """Collects elements, and fails where an end tag closes something else than what is open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(known: Contents | None = None, *, drawn: bool = True) -> str:
    pictures = {"graph": SVG, "phases/01-shop/graph": SVG} if drawn else {}
    return html.page(known or contents(), TEMPLATES, pictures)


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(page())


def test_ids_are_unique_and_every_link_inside_has_its_target(read: Reader) -> None:
    ids = Counter(attributes["id"] for _, attributes in read.elements if "id" in attributes)
    assert [name for name, number in ids.items() if number > 1] == []
    targets = {a["href"][1:] for a in read.named("a") if a.get("href", "").startswith("#")}
    assert targets <= set(ids)
    labelled = {word for _, attributes in read.elements for word in attributes.get("aria-labelledby", "").split()}
    assert labelled <= set(ids)


def test_nothing_is_loaded_from_anywhere(read: Reader) -> None:
    for tag, attributes in read.elements:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
            value = attributes.get(name, "")
            assert tag == "a" or not value, f"{tag} {name}={value}"
            assert not value.startswith(("http:", "https:", "//", "javascript:")), value
        assert not [name for name in attributes if name.startswith("on")]
    text = page()
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert not read.named("link", "iframe", "object", "embed", "base", "img")


def test_landmarks_headings_and_language(read: Reader) -> None:
    assert read.named("html")[0]["lang"] == "en"
    for landmark in ("header", "nav", "main", "footer", "h1"):
        assert len(read.named(landmark)) == 1, landmark
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_a_name_and_scoped_heads(read: Reader) -> None:
    assert all(table.get("aria-label") for table in read.named("table"))
    assert all(head.get("scope") in ("col", "row") for head in read.named("th"))
    assert all(cell.get("data-label") for cell in read.named("td"))


def test_every_section_of_the_plan_is_there(read: Reader) -> None:
    for words in (
        "2 namespaces join", "1 finding blocks a step", "--istio-version", "the newest known",
        "Phase 1: shop", "Owner: team-shop", "1 finding blocked", "is called by nobody", "Nothing restarts yet.",
        "istioctl analyze -n shop", "a day has passed", "shop/cart -> pay/api:443", "1 mutual TLS", "2 plaintext",
        "waits for gate", "pay/api port 80: x", "a host is unknown", "runs as user 1337", "Set runAsUser to another",
        "manifests/web.yaml:7", "before restart", "uid-of-the-proxy-taken", "api.example.com", "it monitors",
        "its calls become mTLS", "it stays plaintext", "tools/agent", "look at its traffic", "Nothing was left unread.",
    ):  # fmt: skip
        assert words in read.text, words


def test_a_part_that_was_not_read_is_said_at_the_top() -> None:
    lost = Note(NoteKind.UNREAD, "not YAML at all", "manifests/broken.yaml", line=3)
    text = Reader(page(contents(notes=(lost,)))).text
    assert "Nothing was left unread" not in text
    assert text.index("not YAML at all") < text.index("What is assumed")
    assert "manifests/broken.yaml:3" in text


def hostile() -> Contents:
    found: Finding = finding(subject=Ref("shop", HOSTILE, "Deployment"), message=HOSTILE)
    found = replace(found, fix=f"`{HOSTILE}`", name=HOSTILE)
    moved = replace(
        phase(1, "shop", (HOSTILE,)),
        name=HOSTILE,
        verdicts={HOSTILE: 1},
        reasons=tuple(replace(reason, text=HOSTILE) for reason in phase(1, "shop").reasons),
        gates=tuple(replace(gate, text=HOSTILE, command=HOSTILE) for gate in phase(1, "shop").gates),
    )
    known = contents((found,), replace(whole_plan(), phases=(moved,), cycles=((HOSTILE,),)))
    owners, notes = {"shop": HOSTILE}, (Note(NoteKind.SKIPPED, HOSTILE, HOSTILE),)
    return replace(
        known, owners=owners, notes=notes, snapshot=replace(known.snapshot, sources=(HOSTILE,)), versions=(HOSTILE,)
    )


def test_no_text_becomes_markup() -> None:
    harmless, attacked = Reader(page(drawn=False)), Reader(page(hostile(), drawn=False))
    assert {tag for tag, _ in attacked.elements} == {tag for tag, _ in harmless.elements}
    assert len(attacked.named("script")) == 1
    known = {name for _, attributes in harmless.elements for name in attributes}
    assert {name for _, attributes in attacked.elements for name in attributes} <= known
    assert attacked.text.count("<script>alert('x')</script>") > 10


def test_what_cannot_be_seen_is_shown_as_such() -> None:
    text = page(contents((finding(message="a\x00b\x1b[31m\u202eevil"),)))
    assert "a\ufffdb\ufffd[31m\ufffdevil" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e]", text)


def test_backticks_become_code_only_in_pairs() -> None:
    text = page(contents((finding(message="a `<b>` c"), finding(message="lone ` tick", detail="2"))))
    assert "a <code>&lt;b&gt;</code> c" in text
    assert "lone ` tick" in text


def test_a_picture_keeps_only_what_is_known() -> None:
    picture = Reader(inline(SVG, "p-"))
    assert [tag for tag, _ in picture.elements] == ["svg", "title", "g", "g", "title", "rect", "rect"]
    assert picture.named("title")[0]["id"] == "p-title"
    assert picture.named("svg")[0]["aria-labelledby"] == "p-title"
    assert [rect["fill"] for rect in picture.named("rect")] == ["url(#p-tint)", "none"]
    assert picture.named("rect")[1]["id"] == "p-tint"
    assert "node1" not in inline(SVG, "p-")
    assert "All &lt;b&gt;" in inline(SVG, "p-")


@pytest.mark.parametrize("text", ["", "no svg", "<svg", "<html/>", "<svg>no namespace</svg>", "<svg>\x00</svg>"])
def test_what_is_no_picture_is_left_out(text: str) -> None:
    assert inline(text, "p-") == ""


def test_a_page_without_pictures_says_where_they_are() -> None:
    text = page(drawn=False)
    assert text.count("The picture is not on this page") == 3
    assert 'href="phases/01-shop/graph.svg"' in text


def test_pictures_beyond_the_room_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_MOST_PICTURE", len(inline(SVG, "overview-")) + 10)
    text = page()
    assert text.count("<svg") == 1
    assert 'href="phases/01-shop/graph.svg"' in text


def test_the_bar_has_every_flow_and_puts_the_safe_ones_first() -> None:
    parts = bar({"plaintext": 1, "mtls": 3, "new": 4, "broken": 0})
    assert [(part.verdict, part.words, part.flows, part.share) for part in parts] == [
        ("mtls", "mutual TLS", 3, "37.50"),
        ("plaintext", "plaintext", 1, "12.50"),
        ("unknown", "new", 4, "50.00"),
    ]
    assert bar({}) == ()


def test_what_is_left_out_is_counted() -> None:
    known = many(400)
    text = Reader(page(known)).text
    assert "… and 100 more rows, in plan.json" in text  # namespaces of each closing table
    assert "… and 700 more rows, in findings.json" in text
    assert "… and 360 more, in plan.json" in text  # flows at the edge
    assert "1200 findings block a step" in text
    assert len(page(known)) < 3_000_000


def test_two_hundred_namespaces_are_all_in_the_closing_tables() -> None:
    text = page(many(200))
    assert text.count('<th role="rowheader" scope="row">team-0199</th>') == 2


def test_one_more_than_the_most_is_shown_and_not_counted() -> None:
    assert html_view.capped("abc", 2).items == ("a", "b", "c")
    assert html_view.capped("abcd", 2) == html_view.Capped(("a", "b"), 2, "plan.json")


def test_findings_can_be_filtered_by_what_their_rows_carry(read: Reader) -> None:
    table = next(table for table in read.named("table") if "data-facets" in table)
    facets = [pair.partition("=")[2] for pair in table["data-facets"].split(";") if pair]
    assert facets == ["outcome", "severity", "before", "owner"]
    rows = [row for row in read.named("tr") if "data-outcome" in row]
    assert [row["data-owner"] for row in rows] == ["team-shop", "no owner named"]
    assert all(f"data-{facet}" in row for row in rows for facet in facets)


def test_the_same_input_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "from tests.unit.report.test_html import many, page\nimport sys\n"
        "sys.stdout.buffer.write((page() + page(many(30))).encode())"
    )
    root = Path(__file__).resolve().parents[3]
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
        )
        assert ran.stdout.decode() == page() + page(many(30))


def luminance(colour: str) -> float:
    channels = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    css = (TEMPLATES / "report" / "page.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for ground in ("paper", "panel"):
        for ink in ("ink", "faint", "link", "bad", "open", "good"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for tone in ("bad", "warn", "open", "info", "good"):
        assert contrast(colours[tone], colours[f"{tone}-on"]) >= 4.5, tone
