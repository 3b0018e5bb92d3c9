"""`THOROUGH=1` (make soak): a test that usually meets a share of its inputs meets all of them."""

import os

THOROUGH = os.environ.get("THOROUGH") == "1"
