import linecache

import dpc

loaded = "def loss(x):\n    return x * x\n"
edited = "def loss(x):\n    return x + x\n"

space = {}
exec(compile(loaded, "<cell 1>", "exec"), space)
linecache.cache["<cell 1>"] = (len(edited), None, edited.splitlines(True), "<cell 1>")

gradient = dpc.grad(space["loss"])
