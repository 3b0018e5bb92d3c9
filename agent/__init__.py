"""The lock agent: the program on an enterprise's PC between the browser and the CA lock.

It shares with the desk only `lock_protocol`.
"""

import sys

VERSION = "0.2.0"
PLATFORM: str = sys.platform
"""Where things lie depends on it."""
