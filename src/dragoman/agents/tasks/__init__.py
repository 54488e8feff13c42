"""Scripted tasks: steps in a YAML file, run so that a crash loses and repeats nothing.

Usage:
    run = await Tasks().run("report.yaml", {"month": "2026-10"})
"""

from dragoman.agents.tasks.journal import Question, Run, StepRecord
from dragoman.agents.tasks.tasks import Tasks

__all__ = ["Question", "Run", "StepRecord", "Tasks"]
