#!/bin/sh
# make_env.sh PYTHON VENV: the environment that requirements.lock names, in VENV. Says what to install where something is missing.
set -eu
python=$1 venv=$2
stop() { printf '%s\n' "$@" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 || stop "No Python found as '$python'." \
    "  Debian/Ubuntu: apt-get install python3 python3-venv    then run make again"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || stop "'$python' is $("$python" --version 2>&1): the desk needs Python 3.11 or newer." \
    "  Install one (Debian 12 and newer bring it: apt-get install python3 python3-venv) and name it: make run PYTHON=python3.11"
"$python" -c 'import ensurepip, venv' 2>/dev/null || stop "'$python' has no venv module." \
    "  Debian/Ubuntu: apt-get install python3-venv    (for another interpreter, e.g.: apt-get install python3.13-venv)"

if ! "$venv/bin/python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')')" 2>/dev/null; then
    echo "Making $venv with $("$python" --version) …" >&2
    "$python" -m venv --clear "$venv"
fi
rm -f "$venv"/.installed-*
echo "Installing the packages of requirements.lock (the first time takes a minute or two) …" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.lock || stop "" \
    "pip could not install the packages of requirements.lock: see its words above (network? disk? about 600 MB are needed)."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
