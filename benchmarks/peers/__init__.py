"""Other libraries for text augmentation, each run by an interpreter that has it."""
