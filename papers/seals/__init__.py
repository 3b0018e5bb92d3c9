"""The seals of a page, their kind and the name along their ring; halves pressed across two pages
joined; whether they bear an expected name.

In: a page picture and what is printed on it. Out: `SealsRead`. Later in: seals cut out of their
pages, and names. Out: `SealAnswer` (`asking`). Asks `lines` and the tables of `papers`.
"""
