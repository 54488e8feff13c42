"""Customer support: hand-off to a person, their inbox, and when people are there."""
