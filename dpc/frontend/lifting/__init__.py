"""From a syntax tree without exits to the intermediate representation."""
