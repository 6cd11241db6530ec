"""Programs that make parts of this repository: the lexicons, and the picture of the architecture."""
