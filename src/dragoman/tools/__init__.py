"""What the assistant can do, and under which conditions."""
