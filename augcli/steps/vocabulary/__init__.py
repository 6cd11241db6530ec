"""Steps about words that no vocabulary knows."""
