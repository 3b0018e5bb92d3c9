"""Runs uv with the indexes, certificates and proxy that pip is configured with.

    .venv/bin/python tools/uv_as_pip.py pip install …        (the uv of that environment)

uv reads neither pip.conf nor PIP_*. What is set for uv itself (UV_*) goes before, but hashes are
always judged. Not taken over: passwords of a keyring; where uv cannot log in, it fails.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

TAKEN_OVER = {
    "index-url": (("UV_DEFAULT_INDEX", "UV_INDEX_URL"), " "),
    "extra-index-url": (("UV_INDEX", "UV_EXTRA_INDEX_URL"), " "),
    "find-links": (("UV_FIND_LINKS",), ","),
    "trusted-host": (("UV_INSECURE_HOST",), " "),
    "cert": (("SSL_CERT_FILE",), " "),
    "proxy": (("ALL_PROXY", "HTTPS_PROXY", "https_proxy", "all_proxy"), " "),
    "timeout": (("UV_HTTP_TIMEOUT",), " "),
    "default-timeout": (("UV_HTTP_TIMEOUT",), " "),
}
"""pip's option → uv's variables for it (the first is set, unless one of them is), and what stands
between several values."""
PLACES = ("global", "install", ":env:")
"""Where pip finds its options; what comes later goes before."""


def pip_options() -> dict[str, str]:
    """What `pip config list` names."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[tuple[int, str], str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        place, _, option = name.partition(".")
        if place in PLACES:
            found[PLACES.index(place), option] = str(ast.literal_eval(value))
    return {option: found[place, option] for place, option in sorted(found)}


def settings(
    options: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The variables to be set for uv."""
    for option, (variables, between) in TAKEN_OVER.items():
        if options.get(option) and not any(environment.get(each) for each in variables):
            yield variables[0], between.join(options[option].split())
    if options.get("extra-index-url"):
        # As pip does: any index may have the file. Its hash says that it is the right one.
        yield "UV_INDEX_STRATEGY", environment.get("UV_INDEX_STRATEGY", "unsafe-best-match")


def link_mode(uv: str, environment: Mapping[str, str]) -> str:
    """Files are shared with uv's cache where one file system holds both."""
    if chosen := environment.get("UV_LINK_MODE"):
        return chosen
    named = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout
    cache = Path(named.strip())
    there = next(path for path in (cache, *cache.parents) if path.exists())
    return "hardlink" if there.stat().st_dev == Path(sys.prefix).stat().st_dev else "copy"


def main() -> None:
    """Become uv, with the arguments given."""
    uv, options = str(Path(sys.executable).parent / "uv"), pip_options()
    environment = dict(os.environ)
    environment.pop("UV_NO_VERIFY_HASHES", None)
    environment |= dict(settings(options, environment))
    no_index = options.get("no-index", "").lower() in ("1", "true", "yes", "on")
    arguments = [*sys.argv[1:], *(["--no-index"] if no_index else [])]
    try:
        environment["UV_LINK_MODE"] = link_mode(uv, environment)
        os.execve(uv, [uv, *arguments], environment)  # noqa: S606
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"uv cannot run: {error}")


if __name__ == "__main__":
    main()
