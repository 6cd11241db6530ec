"""One look at the whole input."""
