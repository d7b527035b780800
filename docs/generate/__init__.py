"""The pages of `docs/reference`, written from the registries, the spec and the commands.

`python -m docs.generate` writes them; a test fails when they are out of date.
"""
