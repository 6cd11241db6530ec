"""Networks, on this machine or behind a service."""
