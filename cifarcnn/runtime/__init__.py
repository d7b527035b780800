"""All that is decided before Keras is imported: environment, devices, backend."""
