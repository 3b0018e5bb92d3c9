"""Seeded page images and PDFs with truth, and what is measured on them."""
