"""Electronic signatures of a PDF: checked in the confined child (`check`),
reported to the rules by `signed`.

In: the file's bytes and the certificates that vouch. Out: `Signature`s. No network.
"""
