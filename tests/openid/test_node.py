"""A trading system that nobody here wrote, on node: openid-client logs an enterprise in, by each
way to say who it is, asks the API, and logs it out.

tools/prepare.sh fetches it where node and npm are there; without it the test is skipped.
"""

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc.jwk import KeySet, RSAKey

from tests.openid.conftest import ZONGHE, Browser, brought, returned
from tests.servers.pages import listening, serving
from web.application import create_app
from web.common.site import Site

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "build" / "openid-client" / "node_modules"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (MODULES / "openid-client").exists(),
    reason="openid-client is not there: node and npm, then sh tools/prepare.sh",
)


@pytest.fixture
def key():
    return RSAKey.generate_key(
        2048, {"kid": "of zonghe", "alg": "RS256", "use": "sig"}, private=True
    )


def test_openid_client_logs_in_by_each_way_to_say_who_it_is(harness, enterprise, key):
    harness.clock.at = datetime.now(UTC).replace(microsecond=0)  # the client looks at its own
    bound, address = listening()
    zonghe = replace(
        ZONGHE,
        secrets=("a-secret+of/zonghe=",),
        keys=json.dumps(KeySet([key]).as_dict(private=False)),
    )
    door = replace(harness.systems, issuer=address, systems={"zonghe": zonghe})
    app = create_app(
        Site(
            harness.desk,
            replace(harness.settings, base_url=address),
            front=harness.front,
            door=door,
        )
    )
    guest = Browser(app, base_url=address)
    command = [NODE, Path(__file__).parent / "client" / "walk.mjs", MODULES, address, "zonghe"]
    with (
        serving(app, bound),
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as client,
    ):
        try:
            facts = {
                "secret": zonghe.secrets[0],
                "key": key.as_dict(private=True),
                "redirect_uri": zonghe.redirect_uris[0],
                "bye": zonghe.post_logout_uris[0],
            }
            tell(client, facts)
            for name in ("basic", "post", "signed"):
                guest.cookies = harness.entered(enterprise).cookies
                back = brought(guest, heard(client).removeprefix(address))
                tell(client, back.headers["location"])
                learnt = heard(client)
                assert (learnt["name"], learnt["claims"]["name"], learnt["userinfo"]["uscc"]) == (
                    name,
                    enterprise.name,
                    enterprise.uscc,
                )
                assert (learnt["account"]["state"], learnt["refused"]) == (
                    "complete",
                    "login_required",
                )
                over = returned(brought(guest, learnt["over"].removeprefix(address)))
                assert (over["to"], over["state"]) == (zonghe.post_logout_uris[0], learnt["state"])
        finally:
            client.kill()


def tell(client, what):
    client.stdin.write(json.dumps(what) + "\n")
    client.stdin.flush()


def heard(client):
    line = client.stdout.readline()
    assert line, client.stderr.read()
    return json.loads(line)
