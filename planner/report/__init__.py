"""Plan and findings to text: JSON for programs, Markdown for a review, lines for a terminal."""
