"""Tools of MCP servers, under the permissions that the settings give them.

Nothing here imports the MCP SDK before a server is connected: it is the extra ``mcp``.
"""

from dragoman.tools.mcp.definition import Definition
from dragoman.tools.mcp.pins import Pins
from dragoman.tools.mcp.toolset import McpTools, Offer

__all__ = ["Definition", "McpTools", "Offer", "Pins"]
