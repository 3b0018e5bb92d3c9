@echo off
title 检查CA锁
set "TO=%LOCALAPPDATA%\unbind-agent"
chcp 65001 >nul
set "PYTHONUTF8=1"
"%TO%\python\python.exe" -m agent.cli doctor --config "%TO%\agent.toml" --server {page}
pause
