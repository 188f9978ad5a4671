"""The computational graph of one execution: recorded, asked for path lengths, drawn."""
