"""DOT to SVG: the only module that knows the layout engine.

The engine is C code in this process's address space and has been seen to abort it, so each picture is laid
out in a child process; when the child dies the picture is tried once more without labels on its arrows.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

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
    command = [sys.executable, "-m", __name__, engine]
    try:
        child = subprocess.run(command, input=dot, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise LayoutError(f"the picture took longer than {seconds} s to lay out", _HINT, "layout") from None
    if child.returncode == 0 and "<svg" in child.stdout:
        return child.stdout
    return _with_program(dot, engine, seconds, child.returncode)


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
    """Lay out the DOT on standard input; runs in the child process."""
    import pygraphviz  # noqa: PLC0415 - only the child may load the C library

    engine = sys.argv[1] if len(sys.argv) > 1 else "dot"
    graph = pygraphviz.AGraph(string=sys.stdin.read())
    sys.stdout.buffer.write(graph.draw(format="svg", prog=engine))
    return 0


if __name__ == "__main__":
    sys.exit(main())
