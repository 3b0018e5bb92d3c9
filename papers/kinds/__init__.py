"""The papers on a page: ID cards, business licences, other certificates and letters, with their
fields.

In: pieces of lines, and a function that reads a strip anew. Out: `Card`, `Licence`, `Paper` and
`Fields` with doubts. Asks `lines` only.
"""
