"""The tools that every assistant may have."""

from dragoman.tools.builtin.calculator import calculator
from dragoman.tools.builtin.calendar import holidays, make_calendar
from dragoman.tools.builtin.choose import builtin_tools
from dragoman.tools.builtin.clock import make_current_time
from dragoman.tools.builtin.convert import make_convert
from dragoman.tools.builtin.documents import make_search_documents
from dragoman.tools.builtin.files import make_list_files, make_read_file
from dragoman.tools.builtin.long_results import read_result
from dragoman.tools.builtin.user_facts import make_forget, make_list_facts, make_remember

__all__ = [
    "builtin_tools",
    "calculator",
    "holidays",
    "make_calendar",
    "make_convert",
    "make_current_time",
    "make_forget",
    "make_list_facts",
    "make_list_files",
    "make_read_file",
    "make_remember",
    "make_search_documents",
    "read_result",
]
