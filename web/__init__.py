"""The desk's web site: application (which routes there are), guard and request_gate (what surrounds
every page), http_bounds (uvicorn, and who may connect), api (for programs), health_pages.

Comes in: HTTP. Goes out: pages, JSON, files.
It may ask: core, papers, mail_intake, validators. Only `app` starts it.
"""
