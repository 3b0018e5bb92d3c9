"""The files of a mail as documents: `DocumentReader` in `paper_reading` is the entrance.

In: (name, bytes) of each file. Out: `Reading` (pages, parts with fields, seals, signatures,
pictures). Never raises for what a sender sent. Flow: `opening` draws pages → `page` reads one page
(`lines` → `kinds` → `seals` → how far it is trusted); `signatures` are checked beside. Page numbers
count from 1; pdfium, pdfplumber and pypdf count from 0 (opening/pages, opening/hidden_content).
"""
