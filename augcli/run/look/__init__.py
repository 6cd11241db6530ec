"""A look at the first rows before a run: what in them does not fit the config."""
