"""From programs to programs: the reverse pass."""
