"""Suites and score cards."""
