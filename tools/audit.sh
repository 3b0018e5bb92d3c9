#!/bin/sh
# audit.sh PIP_AUDIT LOCK...: asks a vulnerability database (OSV) for each locked package. Exit 1 where it knows of one; where no database can be
# reached, that is said in one line and the exit is 0, because a machine without Internet must be able to go on.
set -eu
audit=$1
shift
words=$(mktemp)
trap 'rm -f "$words"' EXIT
for lock in "$@"; do
    set +e
    found=$(timeout "${AUDIT_S:-180}" "$audit" --require-hashes --disable-pip -r "$lock" --vulnerability-service osv ${OSV_URL:+--osv-url "$OSV_URL"} \
        --timeout 5 --progress-spinner off --format columns 2>"$words")
    code=$?
    set -e
    if [ $code = 0 ]; then
        echo "$lock: no known vulnerability."
    elif [ -n "$found" ]; then
        printf '%s:\n%s\n' "$lock" "$found"
        exit 1
    else
        echo "NOT AUDITED: no vulnerability database answered for $lock ($(tail -n 1 "$words" | cut -c 1-80)…)"
    fi
done
