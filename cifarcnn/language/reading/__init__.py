"""From YAML files, base specs and overrides to one document with a place for every value."""
