"""What maps work over items: processes, or actors on Ray."""
