"""Writing a checkpoint in other formats, each tried out before it is put in place."""
