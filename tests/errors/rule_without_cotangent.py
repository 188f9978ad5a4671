import dpc


def simulate(p, q):
    return open("result.txt").read()


@dpc.rule(simulate)
def simulate_rule(p, q):
    return p, q
