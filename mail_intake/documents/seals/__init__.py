"""The seals of a page, their kind and the name along their ring; halves pressed across two pages joined.

In: a page picture and what is printed on it. Out: `SealsRead`. Asks `lines` and the tables of `papers`.
"""
