"""Loading the models leaves nothing in anybody's home and starts nothing that could tell of it."""

import os
import subprocess
import sys
from pathlib import Path

LOAD = "from mail_intake.documents.lines.onnx_ocr import OnnxOcr; OnnxOcr(); import os; print(len(os.listdir('/proc/self/task')))"


def test_onnxruntime_keeps_no_telemetry(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("XDG_CACHE_HOME", None)
    ran = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert list(tmp_path.rglob("*")) == []
    assert ran.stdout == "1\n"
