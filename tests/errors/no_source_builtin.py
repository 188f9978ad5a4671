import math

import dpc

gradient = dpc.grad(math.nextafter)
