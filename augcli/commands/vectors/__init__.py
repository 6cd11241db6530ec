"""`augcli vectors`: training of word vectors on the user's corpus."""
