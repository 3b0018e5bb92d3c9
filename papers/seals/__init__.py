"""The seals of a page, their kind and the name along their ring; whether they bear an expected
name.

In: a page picture and what is printed on it. Out: `SealsRead`. Later in: seals cut out of their
pages, and names. Out: `SealAnswer` (`asking`). Asks `lines` and the tables of `kinds`.
"""
