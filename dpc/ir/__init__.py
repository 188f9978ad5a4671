"""The intermediate representation: nodes, building, checking, evaluating, showing."""
