"""Words that give way to other words."""
