"""The agent's PIN window on a virtual screen."""

import os
import subprocess

TRIES = 10


def xdotool(display: str, *arguments: str) -> str:
    """What xdotool prints; "" where it fails."""
    run = subprocess.run(
        ["xdotool", *arguments],
        env=os.environ | {"DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.stdout


def pin_window(display: str) -> str:
    """The id of the PIN window, once it is there.

    xdotool waits for it, but gives up where another window goes away while it looks.
    """
    for _ in range(TRIES):
        found = xdotool(display, "search", "--sync", "--onlyvisible", "--name", "PIN").split()
        if found:
            return found[0]
    raise AssertionError("no PIN window")
