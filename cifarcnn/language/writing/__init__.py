"""Specs as text: resolved YAML, readable layout, starter files and the JSON schema."""
