"use strict";
// One stream of news for all open pages of this browser: each page with a stream of its own would soon take all connections that a browser opens to one site.

const RETRY_MS = 10000, PATIENCE_MS = 4000;
const pages = new Set();
let source = null, last = null, silence = 0;

function tell(news) {
  last = news.ended ? null : news;
  for (const page of pages) page.postMessage(news);
}

function end() {
  source?.close();
  source = null;
}

function open() {
  end();
  source = new EventSource("/live");
  source.onopen = () => clearTimeout(silence);
  source.onmessage = ({ data }) => {
    const news = JSON.parse(data);
    if (news.ended) end();
    tell(news);
  };
  source.onerror = () => {
    clearTimeout(silence);
    silence = setTimeout(() => tell({ lost: true }), PATIENCE_MS);
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => { if (pages.size) open(); }, RETRY_MS);
  };
}

function join(page) {
  pages.add(page);
  page.onmessage = () => {
    pages.delete(page); // it was left
    if (!pages.size) end();
  };
  if (last) page.postMessage(last);
  if (!source) open();
}

if ("onconnect" in self) self.onconnect = ({ ports: [page] }) => join(page);
else join(self);
