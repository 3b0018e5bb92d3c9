"""The lock agent: the program on an enterprise's PC between the browser and the CA lock.

It shares with the desk only `lock_protocol`.
"""

VERSION = "0.2.0"
