"""Whether a document is a valid spec, and which settings are probably mistakes."""
