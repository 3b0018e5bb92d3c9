#!/bin/sh
# platforms.sh PYTHON: whether each package of requirements.lock has a wheel for ARM64 (鲲鹏, 飞腾) and each Python that we support.
# Where no index can be reached, says so and ends well.
set -eu
for version in 3.11 3.12 3.13; do
    if ! answer=$("$1" tools/uv_as_pip.py pip compile --quiet --no-deps --python-platform aarch64-manylinux_2_28 --python-version $version \
            --only-binary :all: --no-binary dkimpy requirements.lock 2>&1 >/dev/null); then
        case $answer in
            *"No solution found"*) echo "$answer" >&2; exit 1 ;;
            *) echo "ARM64 not checked: no package index can be reached." >&2; exit 0 ;;
        esac
    fi
done
