"""Neural models: their files, devices and batches."""
