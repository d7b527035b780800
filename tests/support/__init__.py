"""Code that several test modules share. Fixtures are in `conftest.py`."""
