"""The names of enterprises in a text."""
