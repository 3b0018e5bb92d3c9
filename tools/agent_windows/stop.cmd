@echo off
powershell -NoProfile -Command "Get-Process pythonw,python -ErrorAction SilentlyContinue | Where-Object { $_.Path -like \"$env:LOCALAPPDATA\unbind-agent\*\" } | Stop-Process -Force" >nul 2>nul
