"""What is known of words: lexicons, grammar, vectors, statistics."""
