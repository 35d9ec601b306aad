"""Pure layout of the dependency map: from a graph and a width to cells; no Textual."""
