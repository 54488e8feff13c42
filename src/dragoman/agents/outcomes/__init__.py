"""What became of questions: how turns ended, and what people thought of it, counted."""
