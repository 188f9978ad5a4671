import math

import dpc


@dpc.rule(math.dist)
def dist_rule(p, q):
    return p, q
