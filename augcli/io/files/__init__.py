"""Files by path or URL, compressed or not, whole or not there."""
