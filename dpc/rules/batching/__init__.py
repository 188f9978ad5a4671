"""How primitives run over a batch: one declaration a family, as for derivatives."""
