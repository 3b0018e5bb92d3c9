#!/bin/sh
# prepare.sh PYTHON: the system programs that the tests drive: a real IMAP server, a real browser with Chinese fonts, a real token, a real database, a
# screen for the PIN window, and the sandbox for attachments. Installs what is missing by apt when root; else says what to install. Nothing is started as a service.
# ALLOW_MISSING=1 goes on without: the tests that need a missing program say so and are skipped.
set -eu
python=${1:-python3}
missing=
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need dovecot dovecot-imapd
[ -e /usr/lib/dovecot/pop3 ] || missing="$missing dovecot-pop3d"
need chromium chromium
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing="$missing fonts-noto-cjk"
need softhsm2-util softhsm2
need openssl openssl
need bwrap bubblewrap
need Xvfb xvfb
need xdotool xdotool
need apache2 apache2
need nginx nginx
need caddy caddy
need promtool prometheus
[ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] || missing="$missing libapache2-mod-auth-openidc"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
"$python" -c 'import tkinter' >/dev/null 2>&1 || /usr/bin/python3 -c 'import tkinter' >/dev/null 2>&1 || missing="$missing python3-tk"

# A client for OpenID Connect that somebody else wrote, where node and npm are there; without it its test says so and is skipped.
client=build/openid-client
lock=tests/openid/client/package-lock.json
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && ! cmp -s $lock $client/package-lock.json; then
    mkdir -p $client
    cp tests/openid/client/package.json $client
    cp $lock $client/package-lock.json
    npm --prefix $client ci --ignore-scripts --no-audit --no-fund --silent --fetch-retries=1 --fetch-timeout=20000 >/dev/null ||
        { rm -f $client/package-lock.json; echo "Going on without openid-client (npm)." >&2; }
fi

# Chromium without its windows, with which a browser test takes half the time. Where apt does not know it, the tests use Chromium.
lighter=
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && [ "${ALLOW_MISSING:-}" != 1 ]; then
    command -v chromium-headless-shell >/dev/null 2>&1 || { [ -z "$missing" ] && ! apt-cache show chromium-headless-shell >/dev/null 2>&1; } ||
        lighter=" chromium-headless-shell"
fi
[ -n "$missing$lighter" ] || exit 0

if [ "${ALLOW_MISSING:-}" = 1 ]; then
    echo "Going on without:$missing" >&2
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need these system packages:$missing" >&2
    echo "  Debian/Ubuntu: sudo apt-get install --no-install-recommends$missing" >&2
    echo "  or go on without the tests that need them: make test ALLOW_MISSING=1" >&2
    exit 1
fi

# Debian starts a service as soon as its package is there, unless this file says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
    trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing$missing$lighter by apt (only the tests need them) …" >&2
apt_install() { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
# shellcheck disable=SC2086  # a list of package names
[ -z "$missing" ] || apt_install $missing
# shellcheck disable=SC2086  # one name behind a space
[ -z "$lighter" ] || apt_install $lighter || echo "Going on without$lighter." >&2
