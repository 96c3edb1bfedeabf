// What the pages can do more with a script: live updates, keys, filters without a button. All of them work without it.
"use strict";

const $ = (selector, inside = document) => inside.querySelector(selector);
const stories = () => [...document.querySelectorAll(".story")];

// ---------------------------------------------------------------- filters apply when they are chosen

const filters = $("#filters");
if (filters) {
  filters.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=date]")) filters.requestSubmit();
  });
  filters.addEventListener("submit", () => {
    // what says nothing need not stand in the address
    const usual = { within: "text", order: "newest" };
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

// ---------------------------------------------------------------- keys

let here = null; // id of the chosen story

function choose(story) {
  for (const old of document.querySelectorAll(".story.here")) old.classList.remove("here");
  here = story ? story.id : null;
  if (!story) return;
  story.classList.add("here");
  $("h3 a", story).focus({ preventScroll: true });
  story.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = stories();
  if (!all.length) return;
  const focused = document.activeElement && document.activeElement.closest(".story");
  const at = all.findIndex((story) => (focused ? story === focused : story.id === here));
  choose(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && typing) {
    typing.blur();
  } else if (typing) {
    return;
  } else if (event.key === "/") {
    event.preventDefault();
    $("#q").focus();
    $("#q").select();
  } else if (event.key === "j" || event.key === "k") {
    step(event.key === "j" ? 1 : -1);
  } else if (event.key === "Enter" && here && document.activeElement === document.body) {
    const link = $(`#${CSS.escape(here)} h3 a`);
    if (link) link.click();
  }
});

// ---------------------------------------------------------------- live

const AFTER_MS = 400; // several changes close together are one update

function live() {
  let list = $("#stories[data-live]");
  if (!list) return;
  let waiting = null;
  const stream = new EventSource(`/live?since=${encodeURIComponent(list.dataset.seq)}`);
  stream.onmessage = () => {
    waiting ??= setTimeout(() => { waiting = null; renew(); }, AFTER_MS);
  };
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  function renew() {
    // The same page again, as the server makes it. Parsed as a document of its own: no text here is ever made markup.
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.responseType = "document";
    request.onload = () => {
      const fresh = request.response && $("#stories", request.response);
      if (request.status !== 200 || !fresh) return;
      const known = new Map(stories().map((story) => [story.id, story.dataset.outlets]));
      const focused = document.activeElement && document.activeElement.closest(".story");
      const old = list;
      list = document.adoptNode(fresh);
      let came = 0;
      for (const story of list.querySelectorAll(".story")) {
        if (known.get(story.id) === story.dataset.outlets) continue;
        story.classList.add("fresh");
        came += 1;
      }
      const above = focused ? focused.getBoundingClientRect().top : 0;
      old.replaceWith(list);
      if (came) $("#news").textContent = came === 1 ? "1 new story" : `${came} new stories`;
      const kept = here && document.getElementById(here);
      if (kept) kept.classList.add("here");
      const again = focused && document.getElementById(focused.id);
      if (again) {
        $("h3 a", again).focus({ preventScroll: true });
        window.scrollBy(0, again.getBoundingClientRect().top - above);
      }
    };
    request.send();
  }
}

live();
