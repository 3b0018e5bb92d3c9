"""The reading worker with the OCR that the desk ships: `python -m papers.onnx_worker FD`.

Another OCR gets a module like this one.
"""

from papers.lines.onnx_ocr import OnnxOcr
from papers.page.page_worker import main

if __name__ == "__main__":
    main(OnnxOcr)
