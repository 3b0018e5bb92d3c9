"use strict";
// What was typed outlives the session: kept when a form is sent, in this tab only, no password, for the same person or enterprise only.
// It is dropped when a page says that it was done, and put back in silence where the page kept it already.
{
  const DRAFT = "unbind-draft";
  const owner = document.querySelector('meta[name="draft-owner"]')?.content || "";
  const typedIn = (form) => form.querySelectorAll("input[name]:not([type=hidden], [type=password], [type=checkbox], [type=radio], [readonly]), textarea[name]");

  const keep = (form) => {
    const fields = Object.fromEntries([...typedIn(form)].filter((field) => field.value).map((field) => [field.name, field.value]));
    const draft = { owner, page: location.pathname, action: form.getAttribute("action"), fields };
    if (owner && Object.keys(fields).length) sessionStorage.setItem(DRAFT, JSON.stringify(draft));
  };

  const say = (draft) => {
    const line = document.createElement("p");
    Object.assign(line, { className: "banner", textContent: "您填写的内容已保留在本窗口，" });
    line.setAttribute("role", "status");
    line.dataset.draft = "";
    const form = owner ? [...document.forms].find((one) => one.getAttribute("action") === draft.action) : null;
    if (form) {
      const changed = [...typedIn(form)].filter((field) => field.name in draft.fields && field.value !== draft.fields[field.name]);
      for (const field of changed) field.value = draft.fields[field.name];
      line.append("请核对后重新提交。");
      if (changed.length) form.before(line);
      const closed = form.closest("details:not([open])");
      if (changed.length && closed) closed.open = true;
    } else if (!owner) {
      line.append("登录后可以继续。");
      (document.querySelector(".headline") || document.querySelector("main")?.firstElementChild)?.after(line);
    } else if (location.pathname === "/portal") {
      const link = document.createElement("a");
      Object.assign(link, { href: draft.page, textContent: "继续填写" });
      line.append(link);
      document.querySelector(".headline")?.after(line);
    }
  };

  const draft = JSON.parse(sessionStorage.getItem(DRAFT) || "null");
  const done = document.querySelector("[data-done]");
  if (draft && (done || (owner && draft.owner !== owner))) sessionStorage.removeItem(DRAFT);
  else if (draft) say(draft);
  for (const form of document.querySelectorAll("main form[method=post]")) form.addEventListener("submit", () => keep(form));
}
