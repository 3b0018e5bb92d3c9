"""nginx and Caddy with the files of deploy/, as ordinary processes on free ports of loopback."""

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.servers.certificates import ServerCertificate
from tests.servers.ports import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "desk.example.org"
HEADERS_WITHIN_S = 4
"""So long a proxy of the tests waits for the headers of a request; by the files it is 10 s."""
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; access_log off;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/unbind-desk.conf;
}}
"""


class ToLoopback(httpx.HTTPTransport):
    """Reaches the proxy at 127.0.0.1 under the desk's name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = NAME
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy. `log`: its access log."""

    port: int
    log: Path
    certificate: ServerCertificate

    def client(self) -> httpx.Client:
        """A client that reaches the proxy by the desk's name, and trusts its certificate."""
        context = ssl.create_default_context(cafile=str(self.certificate.ca_file))
        return httpx.Client(
            base_url=f"https://{NAME}:{self.port}",
            headers={"Host": NAME},
            transport=ToLoopback(verify=context),
        )


@contextmanager
def proxy(
    kind: str, folder: Path, desk_port: int, certificate: ServerCertificate
) -> Iterator[Proxy]:
    """The proxy before a desk; ends with the block."""
    program = shutil.which(kind, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip(f"{kind} IS NOT INSTALLED: run apt-get install {kind}")
    port, other, log = free_port(), free_port(), folder / "access.log"
    if kind == "nginx":
        text = (DEPLOY / "nginx.conf").read_text()
        text = text.replace("listen 443", f"listen 127.0.0.1:{port}")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{other};")
        text = text.replace("/etc/unbind/web.pem", str(certificate.cert_file))
        text = text.replace("/etc/unbind/web.key", str(certificate.key_file))
        text = text.replace("/var/log/nginx/unbind-desk.log", str(log))
        text = _waiting_less(text, "client_header_timeout")
        (folder / "unbind-desk.conf").write_text(_before(text, desk_port))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    else:
        text = (DEPLOY / "Caddyfile").read_text()
        options = f"{{\n\tadmin off\n\thttps_port {port}\n\thttp_port {other}\n"
        text = re.sub(r"^\{\n", options, text, count=1, flags=re.MULTILINE)
        tls = f"tls {certificate.cert_file} {certificate.key_file}"
        text = text.replace("desk.example.org {\n", f"desk.example.org {{\n\t{tls}\n", 1)
        text = text.replace("/var/log/caddy/unbind-desk.log", str(log))
        text = _waiting_less(text, "read_header")
        (folder / "Caddyfile").write_text(_before(text, desk_port))
        command = [program, "run", "--config", str(folder / "Caddyfile")]
    with subprocess.Popen(
        command,
        stderr=(folder / "stderr").open("wb"),
        env={"HOME": str(folder), "PATH": "/usr/bin"},
    ) as process:
        try:
            found = Proxy(port, log, certificate)
            _await_answer(found, process, folder)
            yield found
        finally:
            process.terminate()


def _waiting_less(text: str, setting: str) -> str:
    """The file with its limit for headers, which must be 10 s, made shorter."""
    assert text.count(f"{setting} 10s") == 1
    return text.replace(f"{setting} 10s", f"{setting} {HEADERS_WITHIN_S}s")


def _before(text: str, desk_port: int) -> str:
    return text.replace("127.0.0.1:8321", f"127.0.0.1:{desk_port}")


def _await_answer(found: Proxy, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with found.client() as client:
                client.get("/health")
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"the proxy does not answer: {(folder / 'stderr').read_text()}")
