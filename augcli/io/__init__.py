"""The data set: inputs found and read as records, outputs and provenance written."""
