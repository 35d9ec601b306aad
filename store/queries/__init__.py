"""Queries of a register: each takes a transaction and returns frozen rows in a total order."""
