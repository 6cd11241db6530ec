"""A text, its words and sentences, and what edits make of it."""
