"""Lets `python -m planner` and the `meshplan` command start the program."""

from __future__ import annotations

import sys


def main() -> None:
    """Run meshplan with the words of the command line and exit with its code."""
    from planner.cli.app import run  # noqa: PLC0415 - keeps a wrong Python's message short

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
