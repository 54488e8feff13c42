"""The HTTP server: the native API, the OpenAI-compatible one, and the web page's files."""
