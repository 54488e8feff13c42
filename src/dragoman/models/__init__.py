"""Engines, embedders and the weights they need."""
