"""The enterprises' pages: login, registration, locks, account, requests, guide, links of letters.

Comes in: a request and perhaps a lock's signature (`visits.Guest`). Goes out: a page, or JSON for
the page's script. It may ask: web.common, core.
"""
