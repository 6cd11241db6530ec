"""Words replaced by other words: synonyms, near vectors, a model's guesses."""
