"""DOT to SVG: the only module that knows the layout engine.

The engine is C code in this process's address space and has been seen to abort it, so pictures are laid
out in a child process; when it dies, each of its pictures is tried again alone, and then without labels on its arrows.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence

from planner.errors import LayoutError

_SECONDS = 30


def layout(dot: str, engine: str = "dot", seconds: int = _SECONDS) -> str:
    """Lay out a graph and return SVG text.

    Args:
        dot: DOT text.
        engine: Graphviz engine.
        seconds: When to give up.

    Raises:
        LayoutError: The engine failed, took too long, or is not installed.
    """
    answer, code = _ask_child((dot,), engine, seconds)
    return answer[0] if answer else _with_program(dot, engine, seconds, code)


def layout_all(dots: Sequence[str], engine: str = "dot", seconds: int = _SECONDS) -> tuple[str, ...] | None:
    """Lay out several graphs in one child process; None when it died or took too long over any of them.

    Args:
        dots: DOT texts.
        engine: Graphviz engine.
        seconds: When to give up on all of them.
    """
    try:
        answer, _ = _ask_child(dots, engine, seconds)
    except LayoutError:
        return None
    return answer or None


def _ask_child(dots: Sequence[str], engine: str, seconds: int) -> tuple[tuple[str, ...], int]:
    """Return the SVG texts (none when the child died) and the child's exit code."""
    command = [sys.executable, "-m", __name__, engine]
    question = json.dumps(list(dots))
    try:
        child = subprocess.run(
            command, input=question, capture_output=True, text=True, timeout=seconds, check=False, encoding="utf-8"
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(f"the picture took longer than {seconds} s to lay out", _HINT, "layout") from None
    if child.returncode:
        return (), child.returncode
    answer = tuple(json.loads(child.stdout))
    return (answer if all("<svg" in svg for svg in answer) else ()), 0


_HINT = "the DOT text is kept beside it; lay it out elsewhere with: dot -Tsvg FILE.dot -o FILE.svg"


def _with_program(dot: str, engine: str, seconds: int, code: int) -> str:
    """Fall back to the `dot` program where one is installed."""
    program = shutil.which(engine)
    if program:
        child = subprocess.run(
            [program, "-Tsvg"], input=dot, capture_output=True, text=True, timeout=seconds, check=False
        )
        if child.returncode == 0:
            return child.stdout
    died = f"signal {-code}" if code < 0 else f"exit code {code}"
    raise LayoutError(f"the layout engine ended with {died}", _HINT, "layout")


def main() -> int:
    """Lay out the graphs on standard input, a JSON list of DOT texts; runs in the child process."""
    import pygraphviz  # noqa: PLC0415 - only the child may load the C library

    engine = sys.argv[1] if len(sys.argv) > 1 else "dot"
    dots = json.loads(sys.stdin.buffer.read())
    drawn = [pygraphviz.AGraph(string=dot).draw(format="svg", prog=engine).decode("utf-8") for dot in dots]
    sys.stdout.buffer.write(json.dumps(drawn).encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
