"""Relaxed control flow: an `if` whose test varies becomes a blend of both branches."""
