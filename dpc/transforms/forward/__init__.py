"""Forward mode: from a program to the program of its value and tangent."""
