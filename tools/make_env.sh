#!/bin/sh
# make_env.sh PYTHON VENV [LOCK...]: the environment that the locks name, in VENV; both by default,
# production by `requirements.lock` alone. uv installs, with pip's settings (uv_as_pip.py); where
# it has no wheel or cannot do it, pip does. Every file that is taken must have a hash of a lock, uv
# itself and what builds the one package that has no wheel (dkimpy), too.
# Says what to install where something is missing.
set -eu
python=$1 venv=$2
shift 2
[ $# -gt 0 ] || set -- requirements.lock requirements-dev.lock
tools=$(dirname "$0")
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

pip() { "$venv/bin/python" -m pip install --disable-pip-version-check "$@"; }
uv() { "$venv/bin/python" "$tools/uv_as_pip.py" pip install --python "$venv/bin/python" "$@"; }
# locked NAME LOCK: the entry of one package
locked() { awk -v entry="^$1==" '/^[^ ]/ { kept = $0 ~ entry } kept' "$2"; }

locked setuptools requirements.lock > "$venv/build.lock"
locked uv requirements-dev.lock > "$venv/uv.lock"
slower() { echo "uv cannot install here: pip does, which takes longer." >&2; }

builders="--quiet --require-hashes --no-deps"
# shellcheck disable=SC2086  # options
if pip $builders --only-binary :all: -r "$venv/build.lock" -r "$venv/uv.lock"; then
    install() { uv "$@" || { slower; pip "$@"; }; }
else
    slower
    # shellcheck disable=SC2086
    pip $builders -r "$venv/build.lock" ||
        stop "" "pip could not install setuptools: see its words above (network? disk?)."
    install() { pip "$@"; }
fi
for lock in "$@"; do
    echo "Installing the packages of $lock …" >&2
    install --require-hashes --no-deps --no-build-isolation -r "$lock" || stop "" \
        "The packages of $lock could not be installed: see the words above" \
        "(network? disk? about 1.2 GB are needed, 0.7 GB without the tools)."
done
# PROJECT names a wheel to install instead of this checkout
if [ -n "${PROJECT:-}" ]; then set -- "$PROJECT"; else set -- -e .; fi
install --quiet --no-deps --no-index --no-build-isolation "$@"

# Without its bytecode a process starts seconds later, and again each time where it may not write it
# (in the sandbox, as a service). BYTECODE=later leaves it to the processes that may.
[ "${BYTECODE:-now}" = later ] || "$venv/bin/python" -W ignore -m compileall -qq -j 0 "$venv/lib" || true
