"""Knowledge about words: lexicons, grammar, vectors, statistics."""
