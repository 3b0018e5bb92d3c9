"""config.yaml: every setting with its default, unit and reason;
loaded whole, all mistakes reported at once."""
