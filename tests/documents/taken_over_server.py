"""The fork server with children that do what their file says."""

from tests.documents.taken_over import as_server

if __name__ == "__main__":
    as_server()
