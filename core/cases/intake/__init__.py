"""Intake: to which case a judged mail belongs, and what it changes there.

Comes in: a mail, its reading, its verdict. Goes out: a case in its next state, a letter, one
transaction. It may ask: letters, the desk, data.
"""
