import dpc

dpc.root(lambda x: x * x + 1.0, 1.0, max_steps=20)
