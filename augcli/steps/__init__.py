"""The steps, one file per family."""
