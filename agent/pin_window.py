"""The PIN window: a separate program, started by the agent for one signature. It runs in any Python
that has tkinter, so it imports no other module of this repository.

Reads one JSON object from standard input (lines of a name and a value, the page's address first;
note, timeout_s), displays it, and writes one object to standard output: {"pin": …},
{"cancelled": true} or {"timeout": true}. Stores nothing. Exit code 3: there is no screen.
"""

import json
import sys
import tkinter as tk
from tkinter import font as fonts
from tkinter import ttk
from typing import Any

NO_SCREEN = 3
TITLE = "CA锁 PIN码"
WARNING = "请核对网址。PIN码只在这个窗口输入，绝不要输入到网页里。"
FAMILIES = (
    "Noto Sans CJK SC",
    "Microsoft YaHei UI",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "Source Han Sans SC",
)
LONGEST_PIN = 64


class PinWindow:
    """The window. `answer` is the object for standard output."""

    def __init__(self, root: tk.Tk, request: dict[str, Any]) -> None:
        self.answer: dict[str, Any] = {"cancelled": True}
        self.root = root
        self.left_s = int(request["timeout_s"])
        root.title(TITLE)
        root.resizable(width=False, height=False)
        root.attributes("-topmost", 1)
        root.protocol("WM_DELETE_WINDOW", root.destroy)
        self.pin = tk.StringVar(root)
        self.clock = tk.StringVar(root)
        self.build(request)
        root.bind("<Escape>", lambda _: root.destroy())
        self.tick()

    def build(self, request: dict[str, Any]) -> None:
        frame = ttk.Frame(self.root, padding=20)
        frame.grid()
        for row, (name, value) in enumerate(request["lines"]):
            ttk.Label(frame, text=name).grid(row=row, column=0, sticky="ne", padx=(0, 12), pady=3)
            ttk.Label(
                frame, text=value, wraplength=420, font="ValueFont" if row else "OriginFont"
            ).grid(row=row, column=1, sticky="w", pady=3)
        row = len(request["lines"])
        if request["note"]:
            ttk.Label(frame, text=request["note"], foreground="#b00020", wraplength=500).grid(
                row=row, column=0, columnspan=2, pady=(10, 0)
            )
        ttk.Label(frame, text="PIN码").grid(
            row=row + 1, column=0, sticky="e", padx=(0, 12), pady=(14, 4)
        )
        entry = ttk.Entry(frame, textvariable=self.pin, show="●", width=26)
        entry.grid(row=row + 1, column=1, sticky="w", pady=(14, 4))
        ttk.Label(frame, text=WARNING, wraplength=500).grid(
            row=row + 2, column=0, columnspan=2, pady=8
        )
        self.buttons(frame, row + 3)
        entry.focus_force()

    def buttons(self, frame: ttk.Frame, row: int) -> None:
        bar = ttk.Frame(frame)
        bar.grid(row=row, column=0, columnspan=2, sticky="e", pady=(8, 0))
        ttk.Label(bar, textvariable=self.clock).grid(row=0, column=0, padx=12)
        ttk.Button(bar, text="取消", command=self.root.destroy).grid(row=0, column=1, padx=6)
        confirm = ttk.Button(bar, text="签名", command=self.confirm, state="disabled")
        confirm.grid(row=0, column=2)
        for key in ("<Return>", "<KP_Enter>"):
            self.root.bind(key, lambda _: confirm.invoke())  # nothing while it is disabled
        self.pin.trace_add(
            "write",
            lambda *_: confirm.config(
                state="normal" if 0 < len(self.pin.get()) <= LONGEST_PIN else "disabled"
            ),
        )

    def confirm(self) -> None:
        self.answer = {"pin": self.pin.get()}
        self.root.destroy()

    def tick(self) -> None:
        if self.left_s <= 0:
            self.answer = {"timeout": True}
            self.root.destroy()
            return
        self.clock.set(f"{self.left_s} 秒后自动关闭")
        self.left_s -= 1
        self.root.after(1000, self.tick)


def set_fonts(root: tk.Tk) -> list[fonts.Font]:
    """Set the fonts. Tk drops a font without a reference, so the caller keeps those returned."""
    known = set(fonts.families(root))
    family = next(
        (name for name in FAMILIES if name in known),
        fonts.nametofont("TkDefaultFont").cget("family"),
    )
    for name in ("TkDefaultFont", "TkTextFont"):
        fonts.nametofont(name).configure(family=family, size=11)
    return [
        fonts.Font(root, name="ValueFont", family=family, size=11),
        fonts.Font(root, name="OriginFont", family=family, size=14, weight="bold"),
    ]


def main() -> int:
    request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    try:
        root = tk.Tk()
    except tk.TclError:
        return NO_SCREEN
    font_references = set_fonts(root)
    window = PinWindow(root, request)
    root.mainloop()
    font_references.clear()
    sys.stdout.buffer.write(json.dumps(window.answer).encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
