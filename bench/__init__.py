"""Benchmarks and the seeded generators they share with the samples and the tests."""
