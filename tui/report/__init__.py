"""The report for leadership as a page: its sections, charts and map, as HTML and as Markdown."""
