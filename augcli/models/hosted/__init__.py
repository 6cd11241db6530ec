"""Services that are reached over the network: accounts, limits, what is sent."""
