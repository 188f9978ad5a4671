import dpc


@dpc.rule("math.dist")
def dist_rule(p, q, *, out, out_bar):
    return p, q
