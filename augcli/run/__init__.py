"""A config over a data set."""
