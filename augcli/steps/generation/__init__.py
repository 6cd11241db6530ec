"""Steps that let a language model write texts."""
