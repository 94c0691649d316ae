// Keeps an open page as new as the files, without moving what a person is reading.
"use strict";

(() => {
  const live = document.getElementById("live");
  let stamp = document.body.dataset.stamp;
  let source = null;
  let isBusy = false;
  let isStale = false;

  const say = (state, words) => {
    live.dataset.state = state;
    live.textContent = words;
  };

  // A browser opens few connections to one server: pages that nobody sees give theirs back.
  const connect = () => {
    if (source || document.hidden) return;
    source = new EventSource("/events");
    source.addEventListener("hello", (event) => {
      say("watching", live.dataset.watching);
      if (event.data !== stamp) refresh();
    });
    source.addEventListener("change", refresh);
    source.addEventListener("error", () => say("lost", live.dataset.lost));
  };
  const disconnect = () => {
    source?.close();
    source = null;
  };

  const refresh = async () => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    try {
      while (isStale) {
        isStale = false;
        await update();
      }
      const time = new Date().toLocaleTimeString(document.documentElement.lang);
      say("watching", live.dataset.updated.replace("{time}", time));
    } catch {
      // The server went away in the middle: the event stream says so, and its return refreshes again.
    } finally {
      isBusy = false;
    }
  };

  const update = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement?.id;
    if (regionNames(document) === regionNames(fresh)) await updateRegions(fresh);
    else replacePage(fresh);
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
    document.title = fresh.title;
    stamp = fresh.body.dataset.stamp;
  };

  const regionNames = (page) => [...page.querySelectorAll("[data-live]")].map((region) => region.dataset.live).join();

  const updateRegions = async (fresh) => {
    for (const region of document.querySelectorAll("[data-live]")) {
      const next = fresh.querySelector(`[data-live="${region.dataset.live}"]`);
      if (holdsSameFrames(region, next)) await refill(region, next);
      else if (region.outerHTML !== next.outerHTML) {
        keepWhatWasDone(region, next);
        region.replaceWith(document.adoptNode(next));
      }
    }
  };

  // What a person has typed and chosen, and what they have opened.
  const keepWhatWasDone = (region, next) => {
    for (const one of region.querySelectorAll("input[id], select[id], details[id]")) {
      const other = next.querySelector(`#${CSS.escape(one.id)}`);
      if (!other) continue;
      if (one.matches("details")) other.open = one.open;
      else if (one.matches("select")) {
        if (!one.selectedOptions[0]?.defaultSelected) other.value = one.value;
      } else if (one.matches("[type=radio], [type=checkbox]")) {
        if (one.checked !== one.defaultChecked) other.checked = one.checked;
      } else if (one.value !== one.defaultValue) other.value = one.value;
    }
  };

  // Another kind of page, such as the one that says why the workspace cannot be read.
  const replacePage = (fresh) => {
    const parts = (page) => [...page.body.children].filter((part) => !part.matches(".skip, .foot"));
    for (const part of parts(document)) part.remove();
    document.querySelector(".skip").after(...parts(fresh).map((part) => document.adoptNode(part)));
  };

  // The place that is shown is marked anew in the same frame.
  const frameSource = (frame) => {
    const address = new URL(frame.getAttribute("src"), location.href);
    address.searchParams.delete("at");
    return address.pathname + address.search;
  };
  const frameSources = (region) => [...region.querySelectorAll("iframe")].map(frameSource).join();
  const holdsSameFrames = (region, next) =>
    region.dataset.kind === "frames" && next.dataset.kind === "frames" && frameSources(region) === frameSources(next);

  const refill = async (region, next) => {
    if (region.dataset.look === next.dataset.look) return;
    const frames = [...region.querySelectorAll("iframe")];
    const address = next.querySelector("iframe").getAttribute("src");
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) return;
    const html = await answer.text();
    for (const frame of frames) swap(frame, html);
    region.dataset.look = next.dataset.look;
  };

  // Parsed within the frame's own document, so that the frame's policy on styles holds and not ours.
  const swap = (frame, html) => {
    const page = frame.contentDocument;
    if (!page?.scrollingElement) {
      frame.src = frame.getAttribute("src");
      return;
    }
    const { scrollLeft: left, scrollTop: top } = page.scrollingElement;
    page.documentElement.innerHTML = html;
    const back = () => page.scrollingElement?.scrollTo({ left, top, behavior: "instant" });
    back();
    // Pictures without a height of their own push the text down as they come.
    const pictures = [...page.images].filter((picture) => !picture.complete);
    if (!pictures.length) return;
    const held = page.scrollingElement.scrollTop;
    Promise.allSettled(pictures.map((picture) => picture.decode())).then(() => {
      if (page.scrollingElement?.scrollTop === held || top > held) back();
    });
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", connect);
  connect();
})();
