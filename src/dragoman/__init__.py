"""Dragoman: small local models that plan, look things up and answer in the asker's language."""
