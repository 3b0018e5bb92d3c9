"""The request in words: subject and text → `RequestForm` (the enterprise's name, unbinding, reset).

Comes in: a mail's subject and new text, the names on its papers. Goes out: what they say, never an
action. `lexicon.toml` holds the words by class, `tables/` what classes say together, `forms/` reads
forms, `names/` enterprises; `weighed_answer` gives one answer a question, `mail_facts` tells what
the mail is. Asks nobody but `core.data.submission`.
"""
