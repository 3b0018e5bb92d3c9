"""`python -m tests.supply.under_the_units_filter NAME,NAME…`: keeps to these calls of the kernel as
systemd would, then shuts in and reads a file."""

import ctypes
import os
import sys

from papers.opening.call_filter import _ALLOW, _ERRNO, _LIBRARY, _UNKNOWN_CALL
from papers.opening.processes import Confine
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.documents.files import blank_pdf
from tests.documents.in_process import InProcess


def keep_to(names: list[str]) -> None:
    library = ctypes.CDLL(_LIBRARY)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_ERRNO | 1))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number != _UNKNOWN_CALL:
            library.seccomp_rule_add_array(context, _ALLOW, number, 0, None)
    assert library.seccomp_load(context) == 0


if __name__ == "__main__":
    if len(sys.argv) == 2:
        keep_to(sys.argv[1].split(","))
        os.execv(sys.executable, [sys.executable, "-m", "tests.supply.under_the_units_filter"])
    reader = DocumentReader(DocumentSettings(confine=Confine.REQUIRE), InProcess())
    print(len(reader.read([("a.pdf", blank_pdf())]).documents.pages))
    reader.close()
