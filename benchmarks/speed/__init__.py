"""How fast augcli is, and how much memory it takes."""
