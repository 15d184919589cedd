"""One rule per file, named for the thing it flags; listed by hand in `planner.checks.catalogue`."""
