"""Seeded pages, papers and seals with their truth, for tests and measurements.

All people and enterprises are invented; the code is no product code and is never installed.
"""
