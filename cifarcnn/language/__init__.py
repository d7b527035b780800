"""The YAML language of specs. Nothing here imports Keras."""
