"use strict";
// Keeps 今日 and the list of cases as they are at the desk: news comes by the stream of live-worker.js, and the page then loads itself and takes over its parts. Without this the page shows how it was when it was opened.

const BETWEEN_MS = 3000, STILL_MS = 1000;
const WAITING = { objections: "异议", cases: "待审核工单", mails: "要答复的来信" };
const live = document.querySelector("[data-live]");
const says = live.querySelector("[data-says]");
const ahead = Number(live.dataset.now) - Date.now() / 1000;
const title = document.title;
const known = new Map();
const marks = new Map();
let mark = live.dataset.mark, wanted = mark, waiting = null, ended = false, loading = false, loaded = 0, acted = 0;

function say(text) {
  if (says.textContent !== text) says.textContent = text;
}

// The countdown to the window.
function span(seconds) {
  const whole = Math.max(Math.floor(seconds), 0), hours = Math.floor(whole / 3600), minutes = Math.floor((whole % 3600) / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} 天`;
  return hours ? `${hours} 小时 ${minutes} 分` : `${minutes} 分 ${String(whole % 60).padStart(2, "0")} 秒`;
}

function count() {
  const place = document.querySelector("[data-countdown]");
  if (!place) return;
  const { opens, closes } = place.closest("[data-opens]").dataset, now = Date.now() / 1000 + ahead;
  place.textContent = now < opens ? `距窗口开始还有 ${span(opens - now)}` : now < closes ? `窗口进行中，还剩 ${span(closes - now)}` : "窗口已结束";
}

// Rows that were not there when the page was opened, or have changed since, are marked.
const rows = () => document.querySelectorAll("[data-row]");
function markRows() {
  for (const row of rows()) {
    const { row: name, version } = row.dataset;
    if (!known.has(name)) marks.set(name, "新");
    else if (known.get(name) !== version) marks.set(name, "有变化");
    known.set(name, version);
    const text = marks.get(name);
    if (!text) continue;
    row.classList.add("fresh");
    const flag = Object.assign(document.createElement("span"), { className: "flag new", textContent: text });
    row.querySelector("a")?.after(" ", flag);
  }
}

// What has the focus is found again by what it is.
function sameAs(element) {
  if (!element?.closest("[data-part]")) return null;
  const [name, value] = element.href ? ["href", element.getAttribute("href")] : ["value", element.value];
  return value ? `[${name}="${CSS.escape(value)}"]` : null;
}

function takeOver(page) {
  const focused = sameAs(document.activeElement);
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!fresh) continue;
    Object.assign(part.dataset, fresh.dataset);
    part.replaceChildren(...fresh.childNodes);
  }
  markRows();
  count();
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("live"));
}

async function refresh() {
  const now = Date.now();
  if (ended || loading || document.hidden || wanted === mark || now - loaded < BETWEEN_MS || now - acted < STILL_MS) return;
  loading = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-By-Itself": "1" } });
    if (answer.redirected) return end();
    if (!answer.ok) throw new Error("refused");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    wanted = mark = page.querySelector("[data-live]").dataset.mark;
    takeOver(page);
    say("实时更新中");
  } catch {
    say("暂时没有应答，稍后再试；内容可能已过时。");
  } finally {
    loaded = Date.now();
    loading = false;
  }
}

function end() {
  ended = true;
  say("登录已结束，本页不再更新。请重新登录。");
}

// A notice of the desktop, where the administrator wishes it and looks at something else.
function notify(now) {
  const risen = Object.keys(WAITING).filter((kind) => now[kind] > (waiting?.[kind] ?? now[kind]));
  waiting = now;
  if (!risen.length || !document.hidden || window.Notification?.permission !== "granted") return;
  const body = risen.map((kind) => `${WAITING[kind]} ${now[kind]}`).join("，");
  new Notification("解绑办理台有新事项", { body, tag: "unbind-desk" });
}

const wish = live.querySelector("[data-notify]");
wish.hidden = window.Notification?.permission !== "default";
wish.addEventListener("click", async () => {
  await Notification.requestPermission();
  wish.hidden = Notification.permission !== "default";
});

function hear(news) {
  if (news.ended) return end();
  ended = false;
  if (news.lost) return say("连接中断，正在重连；内容可能已过时。");
  say("实时更新中");
  wanted = news.mark;
  for (const place of document.querySelectorAll("[data-show]")) {
    const text = String(news[place.dataset.show]);
    if (place.textContent !== text) place.textContent = text;
  }
  for (const place of document.querySelectorAll("[data-opens]")) Object.assign(place.dataset, { opens: news.opens, closes: news.closes });
  const total = Object.values(news.waiting).reduce((sum, one) => sum + one, 0);
  document.title = total ? `(${total}) ${title}` : title;
  notify(news.waiting);
  refresh();
}

for (const row of rows()) known.set(row.dataset.row, row.dataset.version);
count();
setInterval(count, 1000);
setInterval(refresh, 500);
for (const act of ["pointermove", "pointerdown", "keydown", "scroll"]) document.addEventListener(act, () => { acted = Date.now(); }, { passive: true });

const worker = new (window.SharedWorker || window.Worker)(document.currentScript.src.replace("live.js", "live-worker.js"));
const line = worker.port || worker;
line.onmessage = ({ data }) => hear(data);
window.addEventListener("pagehide", () => line.postMessage("left"));
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
