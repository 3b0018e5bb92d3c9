"use strict";
// Makes and uses passkeys: asks the desk what is to be signed, lets the browser sign, and sends the form with the answer.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (known) => (known || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function created(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: listed(options.excludeCredentials) };
  const made = await navigator.credentials.create({ publicKey });
  const response = { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) };
  return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response };
}

async function used(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) };
  const found = await navigator.credentials.get({ publicKey });
  const response = {
    clientDataJSON: text(found.response.clientDataJSON), authenticatorData: text(found.response.authenticatorData), signature: text(found.response.signature),
    userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
  };
  return { id: found.id, rawId: text(found.rawId), type: found.type, clientExtensionResults: {}, response };
}

function say(words) {
  const place = document.querySelector("[data-problem]");
  place.textContent = words;
  place.hidden = false;
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  document.querySelector("[data-no-passkey]")?.remove();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
      const options = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : { problem: "页面已失效，请刷新后重试。" };
      if (options.problem) return say(options.problem);
      form.elements.answer.value = JSON.stringify(await (form.dataset.passkey === "create" ? created(options) : used(options)));
      form.submit();
    } catch (error) {
      say(error.name === "InvalidStateError" ? "此通行密钥已经登记过。" : "未完成：操作被取消、超时，或此设备上没有本网站的通行密钥。");
    } finally {
      button.disabled = false;
    }
  });
}
