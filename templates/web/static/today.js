"use strict";
// The countdown to the window, and its progress as the desk tells it. Without this the page shows how it stood when it was opened.

const panel = document.querySelector("[data-progress]");
const ahead = Number(panel.dataset.now) - Date.now() / 1000;
let opens = Number(panel.dataset.opens), closes = Number(panel.dataset.closes);

function span(seconds) {
  const whole = Math.max(Math.floor(seconds), 0), hours = Math.floor(whole / 3600), minutes = Math.floor((whole % 3600) / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} 天`;
  return hours ? `${hours} 小时 ${minutes} 分` : `${minutes} 分 ${String(whole % 60).padStart(2, "0")} 秒`;
}

function count() {
  const now = Date.now() / 1000 + ahead;
  panel.querySelector("[data-countdown]").textContent =
    now < opens ? `距窗口开始还有 ${span(opens - now)}` : now < closes ? `窗口进行中，还剩 ${span(closes - now)}` : "窗口已结束";
}

count();
setInterval(count, 1000);

const live = document.querySelector("[data-live]");

async function look() {
  if (document.hidden) return;
  let answer;
  try {
    answer = await fetch(panel.dataset.progress, { headers: { Accept: "application/json" } });
  } catch {
    live.textContent = "连接中断，正在重连；数字可能已过时。";
    return;
  }
  if (answer.redirected) {
    clearInterval(looking);
    live.textContent = "登录已结束，数字不再更新。请重新登录。";
    return;
  }
  if (!answer.ok) {
    live.textContent = "暂时没有应答，稍后再试；数字可能已过时。";
    return;
  }
  const progress = await answer.json();
  opens = progress.opens;
  closes = progress.closes;
  for (const place of panel.querySelectorAll("[data-show]")) place.textContent = progress[place.dataset.show];
  live.textContent = "实时更新中";
  count();
}

const looking = setInterval(look, 3000);
look();
