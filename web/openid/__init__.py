"""The door for the trading systems: OpenID Connect by Authlib, logout, self-unbinding.

Comes in: a system's request (`openid_requests`). Goes out: codes, tokens, redirects, one
transaction a request. It may ask: web.portal, web.common, core.
"""
