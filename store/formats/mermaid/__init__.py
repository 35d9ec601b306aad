"""The dependency map as a Mermaid flowchart: read with the position of everything in it, and written."""
