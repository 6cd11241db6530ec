"""One look at the whole input: rows checked and counted, chunks cut."""
