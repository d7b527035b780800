"""The YAML language: reading files with line marks, the schema, overrides and exact errors.

Nothing here imports TensorFlow, Keras or NumPy.
"""
