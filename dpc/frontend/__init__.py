"""From a live callable to IR: read, scan the subset, resolve, lift, structure."""
