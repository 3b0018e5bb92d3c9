"""A running desk under attack, with honest requests beside it: `python -m bench.hostile`."""
