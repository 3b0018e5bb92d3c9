"""Enterprises: registration with papers, binding, login by lock or password,
acts of administrators on them."""
