"""Answers that rest on documents alone: evidence first, and nothing said without it."""
