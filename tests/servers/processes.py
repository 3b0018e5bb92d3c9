"""Processes that a test kills: children of the one fork server of a test process.

It has loaded what each of them needs, whichever test starts it,
so that none of a hundred children loads it again.
"""

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.flows.workers", "tests.app.rotating", "tests.servers.ready"]
)
