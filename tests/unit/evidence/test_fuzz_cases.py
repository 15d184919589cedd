"""What fuzzing found stays found: each text is read again, without an exception and within a second or so."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fuzz.targets import NAMES, everything

CASES = sorted((Path(__file__).parents[2] / "fuzz" / "cases").iterdir())
GENEROUS = 10.0
"""Seconds; what hangs takes minutes, and the machine may be busy."""


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_text_that_fuzzing_found(case: Path) -> None:
    begun = time.process_time()
    everything(case.read_bytes())
    assert time.process_time() - begun < GENEROUS


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_each_kind_of_file_takes_an_ordinary_text(number: int) -> None:
    everything(bytes([number]) + b"a: http://cart:8080\nb=${HOST}:${PORT}\n[x]\nserver cart:80;\n")


@pytest.mark.parametrize("text", [b"scrape_configs:\n" + b"- " * 50000, b"a: " + b"[" * 50000])
def test_a_bottomless_file_is_survived(text: bytes) -> None:
    everything(b"\x06" + text)
