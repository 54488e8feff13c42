"""What the assistant can do, and under which conditions."""

from dragoman.tools.call import Call
from dragoman.tools.tool import Example, Tool, as_tool, tool

__all__ = ["Call", "Example", "Tool", "as_tool", "tool"]
