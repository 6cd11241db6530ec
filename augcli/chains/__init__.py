"""Chains of steps, run over records. They are pure: no files, no globals."""
