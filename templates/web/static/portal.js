"use strict";
// The portal's pages with a lock: asks the lock agent on this PC (127.0.0.1) what is plugged in and to sign, and tells the desk.
// The PIN is typed in the agent's own window. No page asks for it, and nothing here could carry it.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const AGENT = meta("lock-agent");
const HELPS = JSON.parse(meta("portal-helps"));
const POLL_MS = 2500;
const STATUS_MS = 4000;
const READ_MS = 30000;
const SIGN_MS = 120000;
const READ_AGAIN = new Set(["token_absent", "token_removed", "certificate_missing", "pin_wrong", "pin_final_try", "pin_locked"]);

class Trouble extends Error {
  constructor(code, message, help) {
    super(message);
    this.code = code;
    this.help = help || HELPS[code];
  }
}

const ended = (words) => (/[。！？]$/.test(words) ? words : `${words}。`);  // the agent's remedies have no full stop
const ofAgent = (code, message, remedy) => {
  const { steps = [], ways = [] } = HELPS[code] || {};
  return new Trouble(code, message, { steps: [remedy, ...steps].filter(Boolean).map(ended), ways });
};
const known = (code) => new Trouble(code, HELPS[code].message);

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function show(place, trouble) {
  place.replaceChildren();
  if (!trouble) return;
  const box = element("div", "", { class: "banner bad", role: "alert" });
  const first = element("p");
  first.append(element("strong", trouble.message));
  box.append(first);
  const { steps = [], ways = [] } = trouble.help || {};
  if (steps.length) {
    const list = element("ul");
    list.append(...steps.map((step) => element("li", step)));
    box.append(list);
  }
  if (ways.length) {
    const line = element("p", "", { class: "ways" });
    line.append(...ways.map(([text, href]) => element("a", text, { href })));
    box.append(line);
  }
  place.append(box);
}

// ---- the agent

async function askAgent(path, body, timeoutMs) {
  const options = { method: body ? "POST" : "GET", signal: AbortSignal.timeout(timeoutMs), cache: "no-store", credentials: "omit" };
  if (body) Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  let answer;
  try {
    answer = await fetch(AGENT + path, options);
  } catch {
    throw await whySilent();
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw ofAgent(said.error || "agent.absent", said.message || "锁助手出错。", said.remedy);
}

// A browser tells no page why a request failed: absent, not letting this page in, or forbidden by the browser itself.
async function whySilent() {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      if ((await navigator.permissions.query({ name })).state === "denied") return known("agent.denied");
    } catch { /* this browser has no such permission */ }
  }
  try {
    await fetch(`${AGENT}/status`, { mode: "no-cors", signal: AbortSignal.timeout(STATUS_MS), cache: "no-store", credentials: "omit" });
    return known("agent.refused");
  } catch {
    return known("agent.absent");
  }
}

// ---- the desk

async function tellDesk(url, fields) {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ csrf: meta("portal-csrf"), ...fields }),
    });
  } catch {
    throw known("page.offline");
  }
  const said = await answer.json().catch(() => null);
  if (!said) throw known("page.offline");
  if (!answer.ok) throw new Trouble(said.code, said.message, said.help);
  return said;
}

// ---- what is plugged in

const reader = document.querySelector("[data-reader]");
const bound = new Map(JSON.parse(reader?.dataset.bound || "[]"));  // serial of a bound lock → what it is to the account
const lock = { tokens: [], chosen: "", plugged: null, ready: false, silent: false, busy: false, again: false, read: 0 };
const watchers = [];

const signing = (token) => token.certificates.filter((one) => one.signs);
const everySigning = () => lock.tokens.flatMap((token) => signing(token).map((one) => ({ token, one })));
const isOver = (one) => Boolean(one.not_after) && Date.parse(one.not_after) < Date.now();
const chosen = () => everySigning().find(({ one }) => one.sha256 === lock.chosen);

async function readLocks() {
  if (!reader) return;
  if (lock.busy) { lock.again = true; return; }
  lock.busy = true;
  lock.again = false;
  const place = reader.querySelector("[data-reading]");
  place.textContent = "正在读取CA锁……";
  try {
    const status = await askAgent("/status", null, STATUS_MS);
    lock.plugged = status.plugged;
    lock.silent = false;
    const said = await askAgent("/certificates", {}, READ_MS);
    lock.tokens = said.tokens;
    place.textContent = lock.tokens.length ? said.message || "请选择要使用的证书。" : "";
    show(reader.querySelector("[data-trouble]"), troubleIn(status, said));
  } catch (trouble) {
    lock.tokens = [];
    lock.plugged = null;
    lock.silent = trouble.code?.startsWith("agent.");
    place.textContent = "";
    show(reader.querySelector("[data-trouble]"), trouble);
  }
  lock.busy = false;
  lock.ready = true;
  lock.read += 1;
  showLocks();
  for (const watcher of watchers) watcher();
  if (lock.again) await readLocks();
}

function troubleIn(status, said) {
  if (!said.tokens.length) {
    const first = said.problems[0] || { code: "token_missing", message: "没有检测到CA锁", remedy: "" };
    return ofAgent(first.code, first.message, first.remedy);
  }
  if (!everySigning().length) return known("agent.no_signing");
  return status.window ? null : known("agent.window");
}

function showLocks() {
  const certificates = everySigning();
  if (!chosen()) lock.chosen = (certificates.find(({ one }) => !isOver(one)) || certificates[0])?.one.sha256 || "";
  reader.querySelector("[data-locks]").replaceChildren(...lock.tokens.map(tokenBox));
}

function tokenBox(token) {
  const box = element("fieldset");
  box.append(element("legend", `${token.label}（${token.serial}）`));
  const which = whichCertificate(token);
  if (which) box.append(element("p", which, { class: "small-text", "data-which": "" }));
  if (token.pin_note) box.append(element("p", token.pin_note, { class: "warn-text", "data-pin-note": "" }));
  for (const one of signing(token)) box.append(certificateLine(one));
  return box;
}

// A lock often holds one certificate for each algorithm, and others for decrypting: what they are, and which one is to be taken.
function whichCertificate(token) {
  const usable = signing(token);
  const kinds = [...new Set(usable.map((one) => (one.key_type === "SM2" ? "国密 SM2" : one.key_type)))];
  const other = token.certificates.length - usable.length;
  const left = other ? `另有 ${other} 张只用于加密、解密，不能登录，没有列出。` : "";
  if (usable.length < 2) return usable.length ? left : "";
  const bearers = new Set(usable.map((one) => one.subject));
  if (bearers.size > 1) return `这把锁里有 ${usable.length} 张可用的证书，名称不同：请选写着本单位名称的一张。${left}`;
  return `这把锁里有 ${usable.length} 张可用的证书（${kinds.join("、")}），都是本单位的，只是算法或签发时间不同：任选一张即可，已为您选好一张。${left}`;
}

// CA, kind, key, container, the end of the serial, until when: by these people tell locks apart.
function certificateText(one) {
  const tail = one.serial ? `序列号末六位 ${one.serial.slice(-6)}` : "";
  const until = one.not_after ? `有效期至 ${one.not_after.slice(0, 10)}${isOver(one) ? "，已过期" : ""}` : "";
  return [one.issuer, one.kind_text, one.key_type, one.label, tail, until].filter(Boolean).join(" · ");
}

function certificateLine(one) {
  const label = element("label", "", { class: "choice" });
  const mark = element("input", "", { type: "radio", name: "lock-certificate", value: one.sha256, "data-label": one.label });
  mark.checked = one.sha256 === lock.chosen;
  mark.addEventListener("change", () => { lock.chosen = one.sha256; for (const watcher of watchers) watcher(); });
  const words = element("span", one.subject || "读不出来的证书");
  if (bound.has(one.serial)) words.append(" ", element("span", bound.get(one.serial), { class: "flag" }));
  words.append(element("small", certificateText(one)));
  label.append(mark, words);
  return label;
}

// A lock that is plugged in or out is noticed by the agent; one it cannot notice is read again when the page is looked at again.
async function watchPlugging() {
  if (!document.hidden && !lock.busy && lock.ready) {
    const status = await askAgentQuietly();
    if ((status ? status.plugged : null) !== lock.plugged) await readLocks();
  }
  setTimeout(watchPlugging, POLL_MS);
}

async function askAgentQuietly() {
  try {
    const answer = await fetch(`${AGENT}/status`, { signal: AbortSignal.timeout(STATUS_MS), cache: "no-store", credentials: "omit" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

if (reader) {
  reader.querySelector("[data-read]").hidden = false;
  reader.querySelector("[data-read]").addEventListener("click", readLocks);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) readLocks(); });
  document.addEventListener("DOMContentLoaded", () => readLocks().then(watchPlugging));  // by then the page's own script watches, too
}

// ---- a signature

async function proof(purpose, account) {
  const found = chosen();
  if (!found) throw lock.tokens.length ? known("agent.choose") : known((await askAgentQuietly()) ? "agent.choose" : "agent.absent");
  const given = await tellDesk("/portal/challenge", { purpose, account });
  const order = { nonce: given.nonce, purpose: given.purpose, account: given.account, certificate_sha256: found.one.sha256 };
  const signed = await askAgent("/sign", order, SIGN_MS);
  return { nonce: given.nonce, certificate: signed.certificate, signature: signed.signature, beside: besideOf(found) };
}

// The other signing certificates of the same lock: a lock is bound with all its keys.
const besideOf = ({ token, one }) => signing(token).filter((other) => other.sha256 !== one.sha256).map((other) => other.der).slice(0, 8);

function fieldsOf(form) {
  const fields = {};
  for (const input of form.querySelectorAll("input[name]")) {
    fields[input.name] = input.hasAttribute("data-number") ? Number(input.value) : input.value;
  }
  return fields;
}

function whileBusy(form, on) {
  for (const button of document.querySelectorAll("form[data-proof] button")) button.disabled = on;
  const button = form.querySelector("button:not([type=button])");
  button.dataset.words ||= button.textContent;
  button.textContent = on ? "请在锁助手的窗口输入PIN码……" : button.dataset.words;
  if (!on) for (const watcher of watchers) watcher();
}

async function submitProof(form) {
  const problem = form.querySelector("[data-problem]");
  const focused = form.contains(document.activeElement) ? document.activeElement : form.querySelector("button:not([type=button])");
  show(problem, null);
  whileBusy(form, true);
  lock.busy = true;
  let read = false;
  try {
    const account = form.dataset.accountField ? form.elements[form.dataset.accountField].value : form.dataset.account || "";
    const signed = await proof(form.dataset.purpose, account);
    const { go } = await tellDesk(form.getAttribute("action"), { ...fieldsOf(form), ...signed, ...extras(form) });
    location.assign(go);
    return;
  } catch (trouble) {
    show(problem, trouble instanceof Trouble ? trouble : new Trouble("page", "页面出错，请刷新后重试。"));
    read = READ_AGAIN.has(trouble.code);
  }
  lock.busy = false;
  whileBusy(form, false);
  if (document.activeElement === document.body) focused.focus();
  if (read || lock.again) await readLocks();
}

// At a renewal the old lock signs, and what is bound is the new one: its certificates come along, not the old one's.
const extras = (form) => (form.hasAttribute("data-renewal") ? { renewed: form.renewed.one.der, beside: besideOf(form.renewed) } : {});

// Until here the buttons are shut: without this script a form would be sent as it is, unsigned.
for (const form of document.querySelectorAll("form[data-proof]")) {
  form.addEventListener("submit", (event) => { event.preventDefault(); submitProof(form); });
  for (const button of form.querySelectorAll("button:not([data-needs-renewed])")) button.disabled = false;
}
