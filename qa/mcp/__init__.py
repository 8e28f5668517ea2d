"""The MCP server: the library as tools and resources for a language model's own program. Extra `mcp`."""
