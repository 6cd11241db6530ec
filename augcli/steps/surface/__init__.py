"""The same content written in another way: case, contractions, numbers, script."""
