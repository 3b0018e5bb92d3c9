#!/bin/sh
# make_env.sh PYTHON VENV [LOCK...]: the environment that the locks name, in VENV; both by default, production by `requirements.lock` alone.
# Every file that pip takes must have a hash of the lock, also what builds the one package that has no wheel (dkimpy). Says what to install where
# something is missing.
set -eu
python=$1 venv=$2
shift 2
[ $# -gt 0 ] || set -- requirements.lock requirements-dev.lock
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
echo "Installing the packages of $* (the first time takes a minute or two) …" >&2
install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation "$@"; }
awk '/^[^ ]/ { kept = /^setuptools==/ } kept' requirements.lock > "$venv/build.lock"
for lock in "$venv/build.lock" "$@"; do
    install --require-hashes --no-deps -r "$lock" || stop "" \
        "pip could not install the packages of $lock: see its words above (network? disk? about 1.1 GB are needed, 0.7 GB without the tools)."
done
install --no-deps --no-index -e .
