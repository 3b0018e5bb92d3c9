"use strict";
// What was typed outlives the session: kept when a form is sent, in this tab only, no password, for the same person or enterprise only.
// It is dropped when a page says that it was done, and put back in silence where the page kept it already. Where it was refused, or its form is gone, it is
// shown, so that it can be copied.
{
  const DRAFT = "unbind-draft";
  const owner = document.querySelector('meta[name="draft-owner"]')?.content || "";
  const typedIn = (form) => form.querySelectorAll("input[name]:not([type=hidden], [type=password], [type=checkbox], [type=radio], [readonly]), textarea[name]");

  const keep = (form, button) => {
    const fields = Object.fromEntries([...typedIn(form)].filter((field) => field.value).map((field) => [field.name, field.value]));
    const sent = new URL(button?.getAttribute("formaction") || form.getAttribute("action") || "", location.href).pathname;
    const draft = { owner, page: location.pathname, action: form.getAttribute("action"), sent, fields };
    if (owner && Object.keys(fields).length) sessionStorage.setItem(DRAFT, JSON.stringify(draft));
  };

  const refused = document.querySelector("[data-failed]")?.dataset.failed || (document.querySelector("main > [role=alert]") ? "409" : "");
  const headline = () => document.querySelector(".headline") || document.querySelector("main")?.firstElementChild;
  const link = (href, textContent) => Object.assign(document.createElement("a"), { href, textContent });
  const shown = (draft) => Object.assign(document.createElement("blockquote"), { className: "words quoted", textContent: Object.values(draft.fields).join("\n") });

  const say = (draft) => {
    const line = document.createElement("p");
    Object.assign(line, { className: "banner", textContent: "您填写的内容已保留在本窗口，" });
    line.setAttribute("role", "status");
    line.dataset.draft = "";
    if (refused && location.pathname === draft.sent) sessionStorage.setItem(DRAFT, JSON.stringify(Object.assign(draft, { refused })));
    const form = owner ? [...document.forms].find((one) => one.getAttribute("action") === draft.action) : null;
    if (form) {
      const changed = [...typedIn(form)].filter((field) => field.name in draft.fields && field.value !== draft.fields[field.name]);
      for (const field of changed) field.value = draft.fields[field.name];
      line.append("请核对后重新提交。");
      if (changed.length) form.before(line);
      const closed = form.closest("details:not([open])");
      if (changed.length && closed) closed.open = true;
    } else if (!owner && refused && refused !== "401" && location.pathname === draft.sent) {
      line.append(link(draft.page, "回到刚才的页面"), "可以继续：");
      headline()?.after(line, shown(draft));
    } else if (!owner) {
      line.append("登录后可以继续。");
      headline()?.after(line);
    } else if (location.pathname === "/portal") {
      line.append(link(draft.page, "继续填写"));
      headline()?.after(line);
    } else if (draft.refused && [draft.page, draft.sent].includes(location.pathname)) {
      line.append("但现在不能提交：");
      headline()?.after(line, shown(draft));
    }
  };

  const draft = JSON.parse(sessionStorage.getItem(DRAFT) || "null");
  const done = document.querySelector("[data-done]");
  if (draft && (done || (owner && draft.owner !== owner))) sessionStorage.removeItem(DRAFT);
  else if (draft) say(draft);
  for (const form of document.querySelectorAll("main form[method=post]")) form.addEventListener("submit", (event) => keep(form, event.submitter));
}
