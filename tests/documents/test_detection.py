"""Where the detector looks, and how pictures are made smaller."""

import numpy as np
import pytest

from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import resized
from tests.drawing.type import FONTS
