@echo off
title 卸载锁助手
set "TO=%LOCALAPPDATA%\unbind-agent"
if exist "%TO%\stop.cmd" call "%TO%\stop.cmd"
reg delete "HKCU\Software\Microsoft\Windows\CurrentVersion\Run" /v unbind-agent /f >nul 2>nul
cd /d "%TEMP%"
echo 锁助手已卸载。
rem one line: it removes the file that it stands in
pause & rmdir /s /q "%TO%" 2>nul & rmdir /s /q "%APPDATA%\Microsoft\Windows\Start Menu\Programs\锁助手" 2>nul & exit
