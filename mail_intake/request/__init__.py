"""The request in words: what a mail's subject and text say about the enterprise, the unbinding and the reset of the password, as a `RequestForm`.

`lexicon.toml` holds the words, `grammar.toml` what they say together, `form.py` the shapes of filled-in forms, `names.py` the enterprise; `read.py` weighs.
A new word goes into the lexicon, a new shape into one of the tables, each with an example."""
