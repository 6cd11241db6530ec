"""`augcli adapt`: training of a masked language model on the user's corpus."""
