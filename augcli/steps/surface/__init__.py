"""Another surface for the same content."""
