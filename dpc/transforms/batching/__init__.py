"""From a program to the program over a batch: the batch is the first axis."""
