"""The Markdown document of a register: read into plain values, and written back with only what changed."""
