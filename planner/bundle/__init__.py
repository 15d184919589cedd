"""What each phase changes, as typed contents; no text and no files."""
