"""Benchmarks of augcli, which run from the root of a clone: README.md says how."""
