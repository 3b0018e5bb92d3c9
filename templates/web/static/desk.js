"use strict";
// Everything here only makes the pages handier; each of them works without it.

// Tick what is in order of a whole window, and say how many are ticked. What needs a look is ticked by whoever looked.
const batch = document.getElementById("batch");
if (batch) {
  const counter = batch.querySelector("[data-chosen]");
  const first = counter ? counter.textContent : "";
  const count = () => {
    const chosen = batch.querySelectorAll("input[name=seen]:checked").length;
    if (counter) counter.textContent = chosen ? `已选 ${chosen} 件` : first;
  };
  for (const all of batch.querySelectorAll("[data-all]")) {
    const rows = [...all.closest("table").querySelectorAll("tbody tr")].filter((row) => !row.querySelector(".finding"));
    const boxes = rows.flatMap((row) => [...row.querySelectorAll("input[name=seen]")]);
    all.hidden = boxes.length === 0;
    all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; count(); });
  }
  batch.addEventListener("change", count);
  window.addEventListener("pageshow", count);
}

// Show one hidden thing in its place. The request is written into the audit like the plain form is.
for (const form of document.querySelectorAll("form[data-reveal]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const what = form.elements.what.value;
    const body = new URLSearchParams(new FormData(form));
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok || !(answer.headers.get("content-type") || "").includes("json")) throw new Error("refused");
      const { value } = await answer.json();
      form.closest(".mail").querySelector(`[data-hidden-value="${CSS.escape(what)}"]`).textContent = value;
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

// A page image grows to the whole width and back.
for (const sheet of document.querySelectorAll("[data-sheet]")) {
  sheet.tabIndex = 0;
  sheet.setAttribute("role", "button");
  sheet.setAttribute("aria-label", "放大或缩小页面图像");
  const turn = () => sheet.closest(".page").classList.toggle("large");
  sheet.addEventListener("click", turn);
  sheet.addEventListener("keydown", (event) => { if (event.key === "Enter") turn(); });
}
