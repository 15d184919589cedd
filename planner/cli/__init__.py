"""The command line: thin; parses, calls the pipeline, prints, exits."""
