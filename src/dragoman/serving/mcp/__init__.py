"""Dragoman as an MCP server: its tools, its memory and the assistant, for other MCP clients."""
