#!/bin/sh
# Prints the first interpreter that the desk can run on (3.11 or newer), best one with venv.
# Where there is none, prints `python3`, and make_env.sh says what to do.
fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
first=
for name in python3 python3.13 python3.12 python3.11 python3.14; do
    if fits "$name"; then
        if has_venv "$name"; then echo "$name"; exit 0; fi
        first=${first:-$name}
    fi
done
echo "${first:-python3}"
