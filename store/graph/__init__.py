"""Dependencies as a graph of plain nodes and edges: cascades, cycles, reach and what to fix first; no database."""
