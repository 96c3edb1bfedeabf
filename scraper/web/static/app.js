// What the pages can do more with a script: the reader's clock, news without a reload, keys, marks, saved filters.
// All pages work without it. Texts are set as text; nothing here makes markup of them.
"use strict";

const $ = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const stories = () => all(".story");
const idOf = (story) => story.id.slice(2);
const here = location.pathname + location.search;

function kept(store, name, otherwise) {
  try { return JSON.parse(store.getItem(name)) ?? otherwise; } catch { return otherwise; }
}
function keep(store, name, value) {
  try { store.setItem(name, JSON.stringify(value)); } catch { /* no room, or forbidden: then it is not kept */ }
}
function made(tag, text, more = {}) {
  return Object.assign(document.createElement(tag), { textContent: text }, more);
}
const say = (words) => { $("#news").textContent = words; };

// ---------------------------------------------------------------- times of the reader's clock

const two = (n) => String(n).padStart(2, "0");
const word = (at, part) => at.toLocaleDateString("en-GB", { [part]: "long" });
const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const isoDay = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const minute = (at) => `${isoDay(at)} ${clock(at)}`;
const FORMATS = {
  clock,
  minute,
  day: (at) => `${word(at, "weekday")}, ${at.getDate()} ${word(at, "month")} ${at.getFullYear()}`,
  short(at, time) {
    const other = new Date(time.dataset.beside);
    if (isoDay(at) === isoDay(other)) return clock(at);
    const day = `${at.getDate()} ${word(at, "month").slice(0, 3)}`;
    return at.getFullYear() === other.getFullYear() ? `${day} ${clock(at)}` : `${day} ${at.getFullYear()}`;
  },
};

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const servers = $("#zone")?.dataset.zone ?? zone;

function localise(inside) {
  if (servers === zone) return;
  for (const time of all("time[datetime]", inside)) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (FORMATS[time.dataset.as]) time.textContent = FORMATS[time.dataset.as](at, time);
    if (time.title) time.title = time.title.replace(/\d{4}-\d\d-\d\d \d\d:\d\d$/, minute(at));
  }
  const [first, ...others] = all(".of-day", inside);
  if (!first) return;
  const blank = first.cloneNode(true); // the reader's days begin elsewhere: the sections are made anew
  $("ol", blank).replaceChildren();
  let section = null;
  let day = null;
  let number = 0;
  for (const story of all(".of-day .story", inside)) {
    const at = new Date($(".came", story).dateTime);
    if (day === null || isoDay(at) < day) {
      day = isoDay(at);
      number += 1;
      section = blank.cloneNode(true);
      section.firstElementChild.id = `day-${number}`;
      section.setAttribute("aria-labelledby", `day-${number}`);
      $("time", section.firstElementChild).textContent = FORMATS.day(at);
      first.before(section);
    }
    $("ol", section).append(story);
  }
  for (const old of [first, ...others]) old.remove();
}

if (servers !== zone) $("#zone span").textContent = `Times are ${zone}; days are counted in ${servers}.`;
localise(document);

// ---------------------------------------------------------------- filters apply when they are chosen

const filters = $("#filters");
if (filters) {
  filters.addEventListener("change", (event) => {
    if (event.target.matches("select:not([multiple]), input[type=date]")) filters.requestSubmit();
  });
  filters.addEventListener("submit", () => {
    // what says nothing need not stand in the address
    const usual = { within: "text", order: "newest", by: "seen" };
    for (const field of filters.elements) {
      if (field.name && (!field.value || usual[field.name] === field.value)) field.disabled = true;
    }
  });
  window.addEventListener("pageshow", () => {
    // back from where a choice led to: the form says again what the page shows
    for (const field of filters.elements) field.disabled = false;
    filters.reset();
  });
}

// ---------------------------------------------------------------- marks: read, starred, noted, in this browser

const MOST_READ = 5000;
const read = new Set(kept(localStorage, "read", []));
let marked = kept(localStorage, "marks", {}); // by id: title, source, at, star, note

function mark(id, changes, about) {
  marked = kept(localStorage, "marks", {});
  const next = { ...about, ...marked[id], ...changes };
  if (next.star || next.note) marked[id] = next;
  else delete marked[id];
  keep(localStorage, "marks", marked);
  showMarks();
}

function showMarks() {
  for (const story of stories()) {
    story.classList.toggle("read", read.has(idOf(story)));
    story.classList.toggle("starred", Boolean(marked[idOf(story)]?.star));
    story.classList.toggle("noted", Boolean(marked[idOf(story)]?.note));
  }
  const own = $("#own");
  if (own) $("#star").setAttribute("aria-pressed", String(Boolean(marked[own.dataset.id]?.star)));
}

function aboutStory(story) {
  return { title: $(".title", story).textContent, source: $(".by", story)?.textContent ?? "", at: $("time", story).dateTime };
}

const own = $("#own"); // the marks of the article that is shown
if (own) {
  const { id, title, source, at } = own.dataset;
  read.delete(id);
  read.add(id);
  keep(localStorage, "read", [...read].slice(-MOST_READ));
  own.hidden = false;
  $("#note").value = marked[id]?.note ?? "";
  $("#star").addEventListener("click", () => mark(id, { star: !marked[id]?.star }, { title, source, at }));
  $("#note").addEventListener("input", () => mark(id, { note: $("#note").value.trim() }, { title, source, at }));
}
showMarks();

const list = $("#marked");
if (list) {
  const entries = Object.entries(marked).sort(([, a], [, b]) => (a.at < b.at ? 1 : -1));
  for (const [id, m] of entries) {
    const line = made("li", "", { className: "story", id: `s-${id}` });
    const at = made("time", minute(new Date(m.at)), { className: "came", dateTime: m.at });
    const what = made("div", "", { className: "what" });
    const title = made("h2", "");
    title.append(made("a", m.title, { className: "title", href: `/article/${encodeURIComponent(id)}` }));
    what.append(title);
    if (m.note) what.append(made("p", m.note, { className: "snippet" }));
    line.append(at, made("span", m.source, { className: "by" }), what);
    list.append(line);
  }
  $("#nothing-marked").hidden = entries.length > 0;
  const file = new Blob([JSON.stringify(entries.map(([id, m]) => ({ id, ...m })), null, 1)], { type: "application/json" });
  Object.assign($("#export-marks"), { href: URL.createObjectURL(file), hidden: !entries.length });
  showMarks();
}

// ---------------------------------------------------------------- the chosen story, and where its list is

const place = kept(sessionStorage, "list", null); // the last list: its address, its ids, the chosen one
let chosen = null;

function remember() {
  const ids = stories().map(idOf);
  if (ids.length && !own) keep(sessionStorage, "list", { address: here, ids, chosen });
}

function choose(story) {
  for (const old of all(".story.here")) old.classList.remove("here");
  chosen = story ? idOf(story) : null;
  if (!story) return;
  story.classList.add("here");
  $(".title", story).focus({ preventScroll: true });
  story.scrollIntoView({ block: "nearest" });
  remember();
}

function step(by) {
  const rows = stories();
  if (!rows.length) return;
  const focused = document.activeElement && document.activeElement.closest(".story");
  const at = rows.findIndex((story) => (focused ? story === focused : idOf(story) === chosen));
  choose(rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]);
}

document.addEventListener("click", (event) => {
  const story = event.target.closest(".story");
  if (story) { chosen = idOf(story); remember(); }
}, true);
window.addEventListener("pageshow", () => {
  const last = kept(sessionStorage, "list", null);
  if (!own && last && last.address === here && last.chosen) choose(stories().find((story) => idOf(story) === last.chosen));
});

function walk(by) {
  // from the article to its neighbour in the list it was opened from
  const at = place ? place.ids.indexOf(own.dataset.id) : -1;
  const next = at < 0 ? undefined : place.ids[at + by];
  if (!next) { say(by > 0 ? "This is the last of the list." : "This is the first of the list."); return; }
  keep(sessionStorage, "list", { ...place, chosen: next });
  location.assign(`/article/${next}`);
}

async function cite() {
  const words = $("#citation").textContent;
  try {
    await navigator.clipboard.writeText(words);
    say("Citation copied.");
  } catch {
    // without https the clipboard is closed: the citation is shown, ready to be copied by hand
    $("#cite").open = true;
    getSelection().selectAllChildren($("#citation"));
  }
}

// ---------------------------------------------------------------- keys

const KEYS = {
  "/": () => { $("#q").focus(); $("#q").select(); },
  "?": () => $("#help").showModal(),
  j: () => step(1),
  k: () => step(-1),
  r: () => $("#pill")?.click(),
  s() {
    if (own) return $("#star").click();
    const story = chosen && stories().find((one) => idOf(one) === chosen);
    return story && mark(chosen, { star: !marked[chosen]?.star }, aboutStory(story));
  },
};
const ARTICLE_KEYS = {
  n: () => walk(1),
  p: () => walk(-1),
  u: () => location.assign(place ? place.address : "/latest"),
  v: () => $("#original")?.click(),
  c: cite,
};
$("#copy-citation")?.addEventListener("click", cite);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && typing) typing.blur();
  if (typing || $("#help").open) return;
  const action = (own && ARTICLE_KEYS[event.key]) || KEYS[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (event.key === "Enter" && chosen && document.activeElement === document.body) {
    stories().find((story) => idOf(story) === chosen)?.querySelector(".title").click();
  }
});

// ---------------------------------------------------------------- how many are new: of this list, of the saved filters

async function unread(query, after) {
  const answer = await fetch(`/unread?${query}${query ? "&" : ""}after=${after}`);
  if (!answer.ok) return 0;
  const counted = await answer.json();
  return counted.articles ?? counted.stories;
}

const SHOWN_UNREAD = 999;
const tabs = $("#tabs");
const isOpen = (query, path = "/latest") => query && `?${query}` === location.search && location.pathname === path;
const openStories = location.pathname === "/stories";
const tabOf = (saved) => saved.find((tab) => isOpen(tab.query));

async function showTabs() {
  const listed = Number($("#stories")?.dataset.newest ?? 0);
  const seen = kept(localStorage, "seen", {}); // by query: the newest story that its list has shown
  const saved = kept(localStorage, "tabs", []);
  for (const old of all("a.own", tabs)) old.remove();
  for (const tab of saved) tabs.append(made("a", tab.name, { href: `/latest?${tab.query}`, className: "own" }));
  const links = all("a", tabs);
  for (const link of links) {
    const query = link.search.slice(1);
    const open = isOpen(query, link.pathname);
    // a watch on stories counts what became another story, the others count articles
    const ofStories = link.pathname === "/stories";
    const newest = ofStories === openStories ? listed : ofStories ? Number(tabs.dataset.position) : 0;
    if (open) link.setAttribute("aria-current", "page");
    // a tab that this browser has never shown counts from now on
    if (newest && (open || seen[query] === undefined)) seen[query] = Math.max(newest, seen[query] ?? 0);
  }
  keep(localStorage, "seen", seen);
  tabs.hidden = !links.length;
  await Promise.all(links.map(async (link) => {
    const query = link.search.slice(1);
    const count = isOpen(query, link.pathname) || seen[query] === undefined ? 0 : await unread(query, seen[query]).catch(() => 0);
    $(".unread", link)?.remove();
    if (count) link.append(made("span", ` ${count > SHOWN_UNREAD ? `${SHOWN_UNREAD}+` : count}`, { className: "unread" }));
  }));
}
showTabs();

const keepForm = $("#keep");
if (keepForm) {
  const query = location.search.slice(1);
  const there = tabOf(kept(localStorage, "tabs", []));
  keepForm.hidden = false;
  $("#forget").hidden = !there;
  $("#keep-new").hidden = Boolean(there);
  keepForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const saved = kept(localStorage, "tabs", []);
    const tab = tabOf(saved);
    const name = $("#keep-name").value.trim() || $("#q").value || query;
    keep(localStorage, "tabs", tab ? saved.filter((one) => one !== tab) : [...saved, { name, query }]);
    location.reload();
  });
}

const AFTER_MS = 400; // several changes close together are one update
const title = document.title;

function live() {
  const listed = $("#stories");
  const since = listed ? listed.dataset.seq : tabs.dataset.seq;
  if (!since || !(listed?.hasAttribute("data-live") || tabs.childElementCount)) return;
  let waiting = null;
  const from = openStories ? `position=${listed.dataset.newest}` : `since=${since}`;
  const stream = new EventSource(`/live?${from}`);
  stream.onmessage = () => { waiting ??= setTimeout(async () => { await news(); waiting = null; }, AFTER_MS); };
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

async function news() {
  showTabs();
  const listed = $("#stories[data-live]");
  if (!listed) return;
  const query = location.pathname === "/latest" || openStories || new URLSearchParams(location.search).has("q") ? location.search.slice(1) : "";
  const count = await unread(query, listed.dataset.newest).catch(() => 0);
  document.title = count ? `(${count}) ${title}` : title;
  if (!count) return;
  let pill = $("#pill");
  if (!pill) {
    pill = made("button", "", { id: "pill", className: "pill", type: "button" });
    pill.addEventListener("click", renew);
    document.body.append(pill);
  }
  pill.textContent = `${count} new`;
  say(`${count} new`);
}

function renew() {
  // The same page again, as the server makes it, parsed as a document of its own.
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.onload = () => {
    const fresh = request.response;
    if (request.status !== 200 || !fresh || !$("#stories", fresh)) return;
    const known = new Map(stories().map((story) => [story.id, story.dataset.outlets]));
    for (const id of ["stories", "carried", "counts"]) {
      const old = document.getElementById(id);
      const next = fresh.getElementById(id);
      if (!old || !next) continue;
      const adopted = document.adoptNode(next);
      old.replaceWith(adopted);
      localise(adopted);
    }
    for (const story of stories()) story.classList.toggle("fresh", known.get(story.id) !== story.dataset.outlets);
    $("#pill")?.remove();
    document.title = title;
    say("");
    showMarks();
    showTabs();
    const again = chosen && stories().find((story) => idOf(story) === chosen);
    if (again) again.classList.add("here");
    window.scrollTo({ top: 0 });
  };
  request.send();
}

live();
