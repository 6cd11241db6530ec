"""A run: a config applied to a whole data set, chunk by chunk."""
