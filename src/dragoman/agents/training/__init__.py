"""From reviewed threads to training data for the tools that people fine-tune with."""
