import math

import dpc


@dpc.rule(math.ulp)
def ulp_rule(x, *, out, out_bar):
    return 0.0 * out_bar


@dpc.rule(math.ulp)
def ulp_again(x, *, out, out_bar):
    return out_bar
