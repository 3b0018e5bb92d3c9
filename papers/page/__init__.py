"""One page picture read as a whole: `read_page` in `page_reading` is the entrance;
`workers` run it in processes of their own.

In: picture, text layer. Out: `PageReading` (parts with fields, seals, whether the page can be
trusted, the covered picture). Asks `lines`, `kinds` and `seals`.
"""
