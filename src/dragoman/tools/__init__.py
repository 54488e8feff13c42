"""What the assistant can do, and under which conditions."""

from dragoman.tools.call import Call
from dragoman.tools.tool import Tool, tool

__all__ = ["Call", "Tool", "tool"]
