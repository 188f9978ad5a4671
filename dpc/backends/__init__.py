"""From a program to Python source, and from source to a callable."""
