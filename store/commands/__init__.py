"""Commands on a register: each is one transaction and one batch of recorded changes."""
