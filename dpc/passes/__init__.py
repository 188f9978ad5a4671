"""Optimisations: each takes a valid program and returns a shorter or faster equal
one."""
