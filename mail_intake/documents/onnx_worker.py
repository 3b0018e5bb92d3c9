"""The reading worker with the OCR that the desk ships: `python -m mail_intake.documents.onnx_worker FD`. Another OCR gets a module like this one."""

from mail_intake.documents.lines.onnx_ocr import OnnxOcr
from mail_intake.documents.page.page_worker import main

if __name__ == "__main__":
    main(OnnxOcr)
