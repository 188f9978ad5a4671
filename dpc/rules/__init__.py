"""Derivative rules, one file a family of functions."""
