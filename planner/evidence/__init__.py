"""A snapshot, turned into flows: one reader per file, one place that resolves and merges."""
