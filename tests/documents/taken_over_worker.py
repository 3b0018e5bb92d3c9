"""A reading worker that does what its page says."""

from tests.documents.taken_over import as_worker

if __name__ == "__main__":
    as_worker()
