"""Who speaks, and how to treat their language."""
