"""An Apache with mod_auth_openidc on a free port of loopback, as an ordinary process: a trading
system that nobody here wrote."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODULES = Path("/usr/lib/apache2/modules")
STARTS_S = 60.0
CONFIG = """
ServerName 127.0.0.1
ServerRoot {folder}
PidFile {folder}/pid
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
LogLevel warn auth_openidc:info
DocumentRoot {folder}/pages
DirectoryIndex index.html
{modules}
User {user}
Group {group}
TypesConfig /etc/mime.types
AddOutputFilter INCLUDES .html
<Directory {folder}/pages>
  Options +Includes
</Directory>
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {system}
OIDCClientSecret {secret}
OIDCRedirectURI http://127.0.0.1:{port}/oidc
OIDCCryptoPassphrase of-a-test-only
OIDCPKCEMethod S256
OIDCScope openid
OIDCRemoteUserClaim sub
OIDCCacheType shm
OIDCCookie session_of_{system}
OIDCPassClaimsAs environment none
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
<Location /bye.html>
  AuthType None
  Require all granted
</Location>
"""
LOADED = (
    "mpm_event",
    "unixd",
    "authn_core",
    "authz_core",
    "authz_user",
    "dir",
    "mime",
    "include",
    "auth_openidc",
)
PAGE = """<!doctype html><meta charset="utf-8"><title>system</title>
<dl>{}</dl>
"""


@contextmanager
def apache(
    port: int, *, issuer: str, system: str, secret: str, claims: tuple[str, ...]
) -> Iterator[str]:
    """Its address; its one page shows the claims of who is logged in. Ends with the block."""
    # not below a folder of pytest's, which its own user cannot enter
    folder = Path(tempfile.mkdtemp(prefix="apache"))
    pages = folder / "pages"
    pages.mkdir()
    rows = "".join(
        f'<dt>{name}</dt><dd data-claim="{name}"><!--#echo var="OIDC_CLAIM_{name}" --></dd>'
        for name in claims
    )
    (pages / "index.html").write_text(PAGE.format(rows), encoding="utf-8")
    modules = "\n".join(
        f"LoadModule {name}_module {MODULES}/mod_{name}.so"
        for name in LOADED
        if (MODULES / f"mod_{name}.so").exists()
    )
    (pages / "bye.html").write_text("<title>bye</title>", encoding="utf-8")
    user, group = (
        ("www-data", "www-data") if os.geteuid() == 0 else (f"#{os.geteuid()}", f"#{os.getegid()}")
    )
    config = folder / "apache.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            modules=modules,
            user=user,
            group=group,
            issuer=issuer,
            system=system,
            secret=secret,
        ),
        encoding="utf-8",
    )
    folder.chmod(0o755)
    program = shutil.which("apache2", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "apt-get install apache2 libapache2-mod-auth-openidc"
    process = subprocess.Popen(
        [program, "-f", str(config), "-DFOREGROUND"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _await(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(process.stderr.read().decode() if process.stderr else "")
