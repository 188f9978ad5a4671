"""dpc: the gradient of ordinary NumPy, as Python source worth reading."""
