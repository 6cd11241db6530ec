"""Through another language and back."""
