"use strict";
// What single pages of the portal do with the lock that portal.js reads.

// ---- the login page follows the lock, until somebody chooses; without an agent nobody knows of a lock, and that is said beside the choice

const tabs = document.querySelector("[data-tabs]");
if (tabs) {
  let asked = Boolean(tabs.dataset.asked);
  const turn = (name) => {
    for (const pane of document.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== name;
    for (const tab of tabs.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  };
  for (const link of document.querySelectorAll("[data-tab]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); asked = true; turn(link.dataset.tab); });
  }
  for (const field of document.querySelectorAll("[data-pane=account] input")) field.addEventListener("input", () => { asked = true; });
  watchers.push(() => { if (!asked && lock.ready) turn(lock.tokens.length || lock.silent ? "lock" : "account"); });
}

// ---- registration: name and code come from the certificate

const register = document.querySelector("[data-reads-name]");
if (register) {
  let shown = "";
  let unreadable = false;  // a wrong PIN has the lock read again, too: what the desk or the agent said then must stay
  const [name, uscc] = [register.querySelector("[data-name]"), register.querySelector("[data-uscc]")];
  const button = register.querySelector("button.primary");
  button.disabled = true;
  watchers.push(async () => {
    button.disabled = !uscc.value;
    const key = `${lock.chosen}/${lock.read}`;
    if (key === shown) return;
    shown = key;
    name.value = uscc.value = "";
    button.disabled = true;
    const found = chosen();
    if (!found) return;
    try {
      const read = await tellDesk("/portal/certificate", { certificate: found.one.der });
      if (key !== shown) return;
      [name.value, uscc.value] = [read.name, read.uscc];
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
