"""Files by path or URL, compressed, whole or not there."""
