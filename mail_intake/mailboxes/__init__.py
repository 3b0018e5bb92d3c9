"""Where mails come from: IMAP, POP3, a Maildir, and the SMTP receiver that fills it.

In: settings of a mailbox. Out: `NewMail` (bytes, UID, arrival), each until it is marked as
handled; nothing is deleted before. Imports nothing of its neighbours: a mail is bytes here.
"""
