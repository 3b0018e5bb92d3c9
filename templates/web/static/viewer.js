"use strict";
// A page picture or a crop by itself: as large as the window, nearer, farther, turned; the next and the one before. Nothing of it is kept.
{
  const sheets = () => [...document.querySelectorAll("[data-sheet]")].filter((one) => one.querySelector("img") && one.checkVisibility());
  const viewer = document.createElement("dialog");
  viewer.className = "viewer";
  viewer.setAttribute("aria-label", "查看图像");
  const bar = document.createElement("div");
  bar.className = "viewer-bar";
  const name = document.createElement("span");
  name.setAttribute("role", "status");
  const stage = document.createElement("div");
  stage.className = "viewer-stage";
  stage.tabIndex = 0;
  stage.setAttribute("aria-label", "图像，方向键移动");
  let [shown, scale, turns] = [0, 1, 0];

  const lay = () => {
    const sheet = stage.querySelector(".sheet");
    const image = sheet?.querySelector("img");
    if (!image?.naturalWidth) return;
    const [wide, high] = turns % 2 ? [image.naturalHeight, image.naturalWidth] : [image.naturalWidth, image.naturalHeight];
    const fit = Math.min((stage.clientWidth - 24) / wide, (stage.clientHeight - 24) / high) * scale;
    const [width, height] = [image.naturalWidth * fit, image.naturalHeight * fit];
    sheet.parentElement.style.width = `${wide * fit}px`;
    sheet.parentElement.style.height = `${high * fit}px`;
    Object.assign(sheet.style, { width: `${width}px`, height: `${height}px`, transform: `translate(-50%, -50%) rotate(${turns * 90}deg)` });
    name.textContent = `${sheet.dataset.title || ""} ${Math.round(scale * 100)}%`;
  };

  const put = (number) => {
    const all = sheets();
    shown = (number + all.length) % all.length;
    [scale, turns] = [1, 0];
    const copy = all[shown].cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id");
    for (const one of ["role", "tabindex", "aria-label", "data-sheet"]) copy.removeAttribute(one);
    copy.dataset.title = all[shown].querySelector("img").alt;
    const image = copy.querySelector("img");
    image.loading = "eager";
    image.addEventListener("load", lay);
    const around = document.createElement("div");
    around.append(copy);
    stage.replaceChildren(around);
    lay();
  };

  const near = (by) => {
    const [x, y] = [(stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight];
    scale = Math.min(8, Math.max(1, scale * by));
    lay();
    stage.scrollTo(x * stage.scrollWidth - stage.clientWidth / 2, y * stage.scrollHeight - stage.clientHeight / 2);
  };
  const acts = {
    "+": ["放大", () => near(1.5)], "-": ["缩小", () => near(1 / 1.5)], t: ["旋转", () => { turns = (turns + 1) % 4; lay(); }],
    k: ["上一张", () => put(shown - 1)], j: ["下一张", () => put(shown + 1)], z: ["关闭", () => viewer.close()],
  };
  for (const [key, [words, act]] of Object.entries(acts)) {
    const button = document.createElement("button");
    button.type = "button";
    const sign = document.createElement("kbd");
    sign.textContent = key.toUpperCase();
    button.append(`${words} `, sign);
    button.addEventListener("click", act);
    bar.append(button);
  }
  bar.prepend(name);
  viewer.append(bar, stage);
  document.body.append(viewer);

  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = acts[event.key === "=" ? "+" : event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act[1]();
  });
  stage.addEventListener("wheel", (event) => { if (event.ctrlKey) { event.preventDefault(); near(event.deltaY < 0 ? 1.2 : 1 / 1.2); } }, { passive: false });
  let held = null;
  stage.addEventListener("pointerdown", (event) => { held = [event.clientX + stage.scrollLeft, event.clientY + stage.scrollTop]; stage.setPointerCapture(event.pointerId); });
  stage.addEventListener("pointermove", (event) => { if (held) stage.scrollTo(held[0] - event.clientX, held[1] - event.clientY); });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => { held = null; });
  window.addEventListener("resize", lay);

  for (const sheet of document.querySelectorAll("[data-sheet]")) {
    sheet.tabIndex = 0;
    sheet.setAttribute("role", "button");
    sheet.setAttribute("aria-label", `放大：${sheet.querySelector("img")?.alt || "未遮盖的图像"}`);
    const open = () => {
      if (!sheet.querySelector("img")) return;
      viewer.showModal();
      put(sheets().indexOf(sheet));
      stage.focus();
    };
    sheet.addEventListener("click", open);
    sheet.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  }
}
