"""Whether a CA lock counts: its certificate, its signature, the challenge that it answers.

Comes in: DER bytes, a signature, a challenge. Goes out: a certificate that may be used, or a reason
why not. It may ask: names, errors, clock. It knows no store and no use case.
"""
