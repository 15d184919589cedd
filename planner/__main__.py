"""Lets `python -m planner` and the `meshplan` command start the program."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run meshplan with the words of the command line and exit with its code."""
    from planner.cli.app import run  # noqa: PLC0415 - keeps a wrong Python's message short

    # A short run makes many small values that live to its end; looking for cycles among them costs a tenth of it.
    gc.set_threshold(200_000, 50, 100)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
