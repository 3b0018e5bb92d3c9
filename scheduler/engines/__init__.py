"""Where work runs: the engines call the desk's work (`scheduler.work`) and decide when,
in which thread and on which machine.

`embedded`: one process, on SQLite. `procrastinate`: any number of processes on any machines, on
PostgreSQL. tests/scheduler/test_contract.py holds what both owe.
"""
