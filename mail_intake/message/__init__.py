"""A mail's bytes opened: `open_mail` in `opening` is the entrance.

In: bytes. Out: `Opened` (decoded headers, new and quoted text, attachments by content,
marks of automatic mail). It judges nothing, asks nobody, and never raises for what a sender sent.
"""
