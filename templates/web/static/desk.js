"use strict";
// Everything here only makes the pages handier; each of them works without it.

// What was ticked is kept until the server has answered for it: a connection that is lost meanwhile takes no choice with it.
const CHOSEN = "unbind-chosen";
const doneNow = document.getElementById("main")?.dataset.done ?? "";
if (["approved", "first_approved", "revoked"].includes(doneNow) || document.querySelector("[data-batch-done]")) sessionStorage.removeItem(CHOSEN);

// Tick what may be ticked of a whole window or, with shift, from one row to another; what is ticked is kept from page to page of one list, and said. Rows come and go while the page is open (live.js): a case that changes then is ticked no more, since its row shows something else now.
const batch = document.getElementById("batch");
if (batch) {
  const list = batch.dataset.list;
  const idOf = (pair) => pair.split(":")[0];
  const held = JSON.parse(sessionStorage.getItem(CHOSEN) || "null");
  const chosen = new Map((held?.list === list ? held.pairs : []).map((pair) => [idOf(pair), pair]));
  const boxes = () => [...batch.querySelectorAll("input[name=seen]")];
  let last = null, first = "", here = new Set();
  const count = () => {
    const counter = batch.querySelector("[data-chosen]");
    if (!counter) return;
    for (const box of boxes()) {
      if (box.checked) chosen.set(idOf(box.value), box.value);
      else chosen.delete(idOf(box.value));
    }
    const elsewhere = chosen.size - boxes().filter((box) => box.checked).length;
    counter.textContent = chosen.size ? `已选 ${chosen.size} 件${elsewhere ? `（其他页 ${elsewhere} 件）` : ""}` : first;
    batch.querySelector("[data-clear]").hidden = !chosen.size;
    sessionStorage.setItem(CHOSEN, JSON.stringify({ list, pairs: [...chosen.values()] }));
  };
  const restore = ({ type }) => {
    const now = new Set(boxes().map((box) => idOf(box.value)));
    for (const id of here) if (!now.has(id)) chosen.delete(id); // it has left the list
    here = now;
    first = batch.querySelector("[data-chosen]")?.textContent ?? "";
    for (const box of boxes()) {
      const pair = chosen.get(idOf(box.value));
      box.checked = type === "live" ? pair === box.value : pair !== undefined;
    }
    for (const all of batch.querySelectorAll("[data-all]")) all.hidden = !all.closest("table").querySelector("tbody input[name=seen]");
    count();
  };
  batch.addEventListener("click", ({ target, shiftKey }) => {
    if (target.matches("[data-clear]")) {
      for (const box of boxes()) box.checked = false;
      chosen.clear();
    } else if (target.matches("[data-all]")) {
      for (const box of target.closest("table").querySelectorAll("tbody input[name=seen]")) box.checked = target.checked;
    } else if (target.matches("input[name=seen]")) {
      const all = boxes(), from = all.findIndex((box) => box.value === last), to = all.indexOf(target);
      if (shiftKey && from >= 0) for (const box of all.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
      last = target.value;
    } else return;
    count();
  });
  batch.addEventListener("submit", () => {
    const others = [...chosen].filter(([id]) => !here.has(id)).map(([, pair]) => pair);
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "seen", value: others.join(",") });
    if (others.length) batch.append(field);
  });
  window.addEventListener("pageshow", restore);
  document.addEventListener("live", restore);
}

// Show one hidden thing in its place. The request is written into the audit like the plain form is.
for (const form of document.querySelectorAll("form[data-reveal]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const what = form.elements.what.value;
    const body = new URLSearchParams(new FormData(form));
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body });
      if (!answer.ok || !(answer.headers.get("content-type") || "").startsWith("text/plain")) throw new Error("refused");
      form.closest(".mail").querySelector(`[data-hidden-value="${CSS.escape(what)}"]`).textContent = await answer.text();
      form.remove();
    } catch {
      form.submit();
    }
  });
}

// Put the open image in the place of the covered one. The request is written into the audit, as it is when the plain form opens a tab of its own.
for (const form of document.querySelectorAll("form[data-open-page]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok || !(answer.headers.get("content-type") || "").startsWith("image/")) throw new Error("refused");
      const sheet = form.closest(".page").querySelector(".sheet");
      const image = sheet.querySelector("img") || document.createElement("img");
      sheet.querySelector(".empty")?.replaceWith(image);
      image.src = URL.createObjectURL(await answer.blob());
      form.remove();
    } catch {
      form.submit();
    }
  });
}

// Keys: a letter presses or goes to what carries it; none while something is typed. Approving takes a second key, so that no stray one decides.
const help = document.getElementById("keys");
const lines = () => [...document.querySelectorAll("#batch tbody tr, [data-part=work] [data-row]")];
const lineAt = () => lines().findIndex((line) => line.contains(document.activeElement));
const enterRow = (step) => lines()[Math.min(Math.max(lineAt() + step, 0), lines().length - 1)]?.querySelector("a").focus();
const keys = {
  "?": () => (help.open ? help.close() : help.showModal()),
  a: (carrier) => carrier?.focus(),
  h: (carrier) => (carrier?.form.elements.reason.value.trim() ? carrier.click() : carrier?.form.elements.reason.focus()),
  j: (carrier) => (carrier ? carrier.click() : enterRow(1)),
  k: (carrier) => (carrier ? carrier.click() : enterRow(-1)),
  x: () => lines()[lineAt()]?.querySelector("input[name=seen]")?.click(),
  z: () => (document.querySelector("[data-sheet]:hover") || document.querySelector(".page [data-sheet]"))?.click(),
  r: () => {
    // the mail that was opened, else the newest of the page
    const box = (document.querySelector(":target [data-key=r]") ?? [...document.querySelectorAll("[data-key=r]")].at(-1))?.parentElement;
    if (box) { box.open = true; box.querySelector("textarea").focus(); }
  },
  "/": (carrier) => carrier?.focus(),
};
const helps = document.querySelector("[data-keys]");
if (helps) {
  helps.hidden = false;
  helps.addEventListener("click", keys["?"]);
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, dialog");
  if (event.key === "Escape" && typing && !event.target.closest("dialog")) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const key = event.key.toLowerCase();
  const carrier = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  if (!keys[key] && !carrier) return;
  event.preventDefault();
  (keys[key] || ((one) => one.click()))(carrier);
});

// An answer that stands ready goes into the box, to be changed there.
for (const choice of document.querySelectorAll("select[data-ready]")) {
  choice.addEventListener("change", () => { if (choice.value) choice.form.querySelector("textarea").value = choice.value; });
}

// Tick everything of a list at once.
for (const all of document.querySelectorAll("input[data-all]:not(#batch *)")) {
  all.addEventListener("change", () => { for (const box of all.form.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)) box.checked = all.checked; });
}

// One act is one sending: a second click while the answer is awaited does nothing.
for (const form of document.querySelectorAll("form[method=post]:not([data-reveal], [data-open-page], [data-many])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 10000) event.preventDefault();
    form.dataset.sent = String(Date.now());
  });
}
window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });

// Who else looks at the case, and whether it has changed. Asked only while somebody is at the page, so that a session which nobody uses ends all the same.
const present = document.querySelector("[data-present]");
if (present) {
  let active = Date.now();
  for (const act of ["pointermove", "keydown", "scroll"]) document.addEventListener(act, () => { active = Date.now(); }, { passive: true });
  setInterval(async () => {
    if (document.hidden || Date.now() - active > 120000) return;
    try {
      const answer = await fetch(present.dataset.present, { headers: { Accept: "application/json" } });
      if (!answer.ok || !(answer.headers.get("content-type") || "").includes("json")) return;
      const { others, changed } = await answer.json();
      const said = [others.length ? `${others.join("、")} 也打开了这件工单。` : "", changed ? "工单已有变化，请刷新页面。" : ""].join("");
      if (present.querySelector("[data-others]").textContent !== said) present.querySelector("[data-others]").textContent = said;
      present.hidden = !said;
    } catch { /* the next time will tell */ }
  }, 15000);
}
