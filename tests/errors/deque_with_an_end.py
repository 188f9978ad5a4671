from collections import deque

import dpc


@dpc.grad
def f(x):
    window, total = deque(maxlen=2), 0.0
    for v in x:
        window.append(v)
        total += window[0] * v
    return total
