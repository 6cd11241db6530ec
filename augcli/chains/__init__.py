"""Steps put together, and run over records. Pure: no files, no globals."""
