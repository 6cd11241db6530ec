"""What a text says changed on purpose: words to their opposites, negations, numbers."""
