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
const source = new EventSource(panel.dataset.progress);
source.addEventListener("progress", (event) => {
  const progress = JSON.parse(event.data);
  opens = progress.opens;
  closes = progress.closes;
  for (const place of panel.querySelectorAll("[data-show]")) place.textContent = progress[place.dataset.show];
  live.textContent = "实时更新中";
  count();
});
source.addEventListener("ended", () => { source.close(); live.textContent = "登录已结束，数字不再更新。请重新登录。"; });
source.addEventListener("error", () => { live.textContent = "连接中断，正在重连；数字可能已过时。"; });
