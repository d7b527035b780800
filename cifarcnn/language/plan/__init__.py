"""A network on paper: shapes, parameters, multiply-accumulates and memory."""
