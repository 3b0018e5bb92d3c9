"""For the desk's processes alone: dnspython asks at the port of the test's name server, which an
ordinary user cannot open at 53.

Python imports a module of this name before anything else, wherever PYTHONPATH names its folder.
"""

import os

import dns.resolver

_reset = dns.resolver.Resolver.reset


def _reset_to_the_tests_port(resolver):
    _reset(resolver)
    resolver.port = int(os.environ["TEST_RESOLVER_PORT"])


dns.resolver.Resolver.reset = _reset_to_the_tests_port
