"""The request in words: what a mail's subject and text say about the enterprise, the unbinding and
the reset of the password, as a `RequestForm`.

`lexicon.toml` holds the words, `grammar.toml` what they say together; `form.py` reads forms,
`names.py` the enterprise; `read.py` weighs.
"""
