"""The tools that every assistant may have."""

from dragoman.tools.builtin.calculator import calculator
from dragoman.tools.builtin.clock import make_current_time
from dragoman.tools.builtin.documents import make_search_documents

__all__ = ["calculator", "make_current_time", "make_search_documents"]
