"""The commands of `unbind`: each opens the desk and calls a use case. No rule is decided here."""
