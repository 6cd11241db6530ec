"""Training of masked language models on the user's corpus."""
