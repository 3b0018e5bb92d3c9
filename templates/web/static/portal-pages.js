"use strict";
// What single pages of the portal do with the lock that portal.js reads.

// ---- the login page follows the lock, until somebody chooses; without an agent nobody knows of a lock, and that is said beside the choice

const tabs = document.querySelector("[data-tabs]");
if (tabs) {
  let chosen = Boolean(tabs.dataset.chosen);
  const turn = (name) => {
    for (const pane of document.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== name;
    for (const tab of tabs.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  };
  for (const link of document.querySelectorAll("[data-tab]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      chosen = true;
      turn(link.dataset.tab);
      if (!link.checkVisibility()) document.querySelector("[data-pane]:not([hidden]) :is(input, button):not([type=hidden])").focus();
    });
  }
  document.querySelector("[data-pane=account]").addEventListener("focusin", () => { chosen = true; });  // what is being typed in does not go away
  watchers.push(() => { if (!chosen && lock.ready) turn(lock.tokens.length || lock.silent ? "lock" : "account"); });
}

// ---- registration: name and code come from the certificate

const register = document.querySelector("[data-reads-name]");
if (register) {
  let shown = "";
  let from = "";  // the certificate whose name and code stand there: read again, it is not asked again, and the button keeps the focus
  let unreadable = false;  // a wrong PIN has the lock read again, too: what the desk or the agent said then must stay
  const [name, uscc] = [register.querySelector("[data-name]"), register.querySelector("[data-uscc]")];
  const button = register.querySelector("button.primary");
  button.disabled = true;
  watchers.push(async () => {
    button.disabled = !uscc.value;
    const key = `${lock.chosen}/${lock.read}`;
    if (key === shown || (uscc.value && lock.chosen === from)) return;
    shown = key;
    name.value = uscc.value = "";
    button.disabled = true;
    const found = chosen();
    if (!found) return;
    try {
      const read = await tellDesk("/portal/certificate", { certificate: found.one.der });
      if (key !== shown) return;
      [name.value, uscc.value] = [read.name, read.uscc];
      from = found.one.sha256;
      button.disabled = false;
      if (unreadable) show(register.querySelector("[data-problem]"), null);
      unreadable = false;
    } catch (trouble) {
      unreadable = true;
      show(register.querySelector("[data-problem]"), trouble);
    }
  });
  const [password, again] = [register.elements.password, register.elements.again];
  const compare = () => again.setCustomValidity(again.value && password.value !== again.value ? "两次输入的密码不一致" : "");
  password.addEventListener("input", compare);
  again.addEventListener("input", compare);
}

// ---- renewal: first the new certificate, then the old lock's signature

const renewal = document.querySelector("[data-renewal]");
if (renewal) {
  const submit = renewal.querySelector("[data-needs-renewed]");
  renewal.renewed = null;
  renewal.querySelector("[data-renewed]").addEventListener("click", () => {
    const found = chosen();
    if (!found) { show(renewal.querySelector("[data-problem]"), known("agent.choose")); return; }
    renewal.renewed = found;
    renewal.dataset.account = found.one.sha256;
    renewal.querySelector("[data-renewed-text]").textContent = certificateText(found.one);
    ready();
  });
  const ready = () => {
    const old = chosen();
    submit.disabled = !renewal.renewed || !old || old.one.sha256 === renewal.renewed.one.sha256;
    renewal.querySelector("[data-old-text]").textContent = submit.disabled ? "未选择" : certificateText(old.one);
  };
  watchers.push(ready);
}

// ---- the request sheet: printing and copying by a click, where a script runs

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  const text = button.closest("section").querySelector("textarea[data-copied]");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      button.textContent = "已复制";
    } catch {
      text.select();  // the browser does not let the page copy: the text is marked, to be copied by hand
    }
  });
}
for (const field of document.querySelectorAll("[data-copied]")) field.addEventListener("focus", () => field.select());

// ---- a file that is sent: how far it is, and that it is being read; without this script the form is sent as it is

function sendsFile(form) {
  const progress = form.querySelector("[data-progress]");
  const buttons = form.querySelectorAll("button");
  const say = (words) => { progress.hidden = false; progress.textContent = words; };
  let pressed = null;
  const stop = (words) => {
    for (const button of buttons) button.disabled = false;
    if (document.activeElement === document.body) pressed?.focus();
    say(words);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    pressed = event.submitter;
    const sent = new FormData(form, pressed);
    for (const button of buttons) button.disabled = true;
    say("正在上传……");
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => say(`正在上传：${Math.round((100 * loaded) / total)}%`));
    request.upload.addEventListener("load", () => say("已上传，正在读取。一般不到一分钟，请不要关闭本页。"));
    request.addEventListener("error", () => stop("上传中断，文件没有收到。请检查网络后再试一次；填写的内容都还在。"));
    request.addEventListener("load", () => {
      if (request.getResponseHeader("Content-Type")?.startsWith("application/json")) { location.assign(JSON.parse(request.responseText).go); return; }
      const at = new URL(request.responseURL).pathname;
      if (at !== new URL(form.action).pathname && at !== location.pathname) { location.assign(request.responseURL); return; }
      const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (!main?.querySelector("[data-upload]")) { stop(main?.innerText.trim() || "没有收到办理台的应答，请稍后再试。"); return; }
      for (const field of document.querySelectorAll("main input[name]:not([type=hidden], [type=file], [type=radio]), main textarea[name]")) {
        const same = main.querySelector(`[name="${CSS.escape(field.name)}"]:not([type=hidden])`);
        if (same && !same.readOnly) same.value = field.value;  // what was typed beside the file stays
      }
      document.querySelector("main").replaceWith(main);
      for (const other of main.querySelectorAll("form[data-upload]")) sendsFile(other);
      const told = main.querySelector("[role=alert], [role=status]:not([hidden])");
      if (!told) return;
      told.tabIndex = -1;  // what was found is where the keyboard and a screen reader go on
      told.focus({ preventScroll: true });
      told.scrollIntoView({ block: "center" });
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json, text/html");  // the way on as an answer: what is fetched here would say its notice to nobody
    request.send(sent);
  });
}
for (const form of document.querySelectorAll("form[data-upload]")) sendsFile(form);
