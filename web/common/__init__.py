"""Parts that every page needs: sessions, rights, forms, rendering, failures.

Comes in: a request. Goes out: who asks, and a page or a redirect.
It may ask: core. It knows no page.
"""
