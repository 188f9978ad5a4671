from collections import defaultdict

import dpc


@dpc.grad
def f(x):
    found = defaultdict(list)
    for k in range(3):
        found[k % 2].append(x[k])
    return sum(found[0]) ** 2
