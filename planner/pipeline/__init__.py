"""The stages in order; the only package that knows all of them."""

import planner
from planner.pipeline.catalogue import all_rules, known_rules, rule_named
from planner.pipeline.documents import documents_in, documents_of
from planner.pipeline.output import contents, focused, picture, produce, save, snapshot_text
from planner.pipeline.run import Progress, Run, played_back, start
from planner.render.write import refuse_foreign

VERSION = planner.__version__

__all__ = [
    "VERSION",
    "Progress",
    "Run",
    "all_rules",
    "contents",
    "documents_in",
    "documents_of",
    "focused",
    "known_rules",
    "picture",
    "played_back",
    "produce",
    "refuse_foreign",
    "rule_named",
    "save",
    "snapshot_text",
    "start",
]
