"""Prints at the end how many examples of the reader were doubted."""


def pytest_terminal_summary(terminalreporter):
    lines = [
        text
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for key, text in report.user_properties
        if key == "doubt"
    ]
    if lines:
        terminalreporter.section("examples of the request reader")
        terminalreporter.write_line("\n".join(lines))
