"""Whether the sender of a mail is who its From says:
`Authenticator` in `authentication` is the entrance.

In: a mail's headers and the identifiers of the receiving server. Out: `Authentication`.
May ask DNS for DKIM keys by `dns`, and reads headers by `message`.
"""
