"""Models: their files, devices and batches, encoders of texts, and files that processes share."""
