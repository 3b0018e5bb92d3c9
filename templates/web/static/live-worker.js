"use strict";
// Asks for the news of the desk for all open pages of this browser together.

const EVERY_MS = 2000;
const pages = new Set();
let last = null, timer = 0, isAsking = false;

function tell(news) {
  last = news.ended ? null : news;
  for (const page of pages) page.postMessage(news);
}

function stop() {
  clearInterval(timer);
  timer = 0;
}

async function ask() {
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch("/live", { headers: { "X-By-Itself": "1" } });
    if (answer.redirected) {
      stop(); // to the login
      tell({ ended: true });
    } else {
      tell(answer.ok ? await answer.json() : { lost: true });
    }
  } catch {
    tell({ lost: true });
  } finally {
    isAsking = false;
  }
}

function join(page) {
  pages.add(page);
  page.onmessage = () => {
    pages.delete(page); // it was left
    if (!pages.size) stop();
  };
  if (last) page.postMessage(last);
  if (!timer) {
    timer = setInterval(ask, EVERY_MS);
    ask();
  }
}

if ("onconnect" in self) self.onconnect = ({ ports: [page] }) => join(page);
else join(self);
