"""What a step is: it proposes edits of a text."""
