"""`augcli init`: a preset as it stands, or with an input that is guessed from a file."""
