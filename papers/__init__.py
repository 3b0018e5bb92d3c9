"""The files of a mail as documents: `DocumentReader` in `reading` is the entrance.

In: (name, bytes) of each file. Out: `Reading` (pages, parts with fields, seals, signatures,
pictures). Never raises for what a sender sent. Flow: `opening` draws pages → `page` reads one page
(`lines` → `papers` → `seals` → how far it is trusted); `signatures` are checked beside. Page
numbers count from 1; only pdfium, pdfplumber and pypdf are asked from 0 (opening/pages,
opening/unseen).
"""
