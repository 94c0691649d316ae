// Shows where a finding is, copies its file and line, and sends a form once. All of it works without, by loading pages.
"use strict";

(() => {
  document.documentElement.classList.add("has-script");

  document.addEventListener("click", (event) => {
    const target = event.target.closest("a[data-place], button[data-copy]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches("button")) copy(target);
    else if (show(target)) event.preventDefault();
  });

  // The frames hold no script: their pages are marked and scrolled from here.
  const show = (link) => {
    const frames = [...document.querySelectorAll(".device iframe")];
    const marks = frames.map((frame) => frame.contentDocument?.getElementById(link.dataset.place));
    if (!frames.length || !marks.every(Boolean)) return false;
    for (const one of document.querySelectorAll(".finding.is-shown")) one.classList.remove("is-shown");
    for (const one of document.querySelectorAll("[data-place][aria-current]")) one.removeAttribute("aria-current");
    link.closest(".finding").classList.add("is-shown");
    link.setAttribute("aria-current", "true");
    frames.forEach((frame, index) => reveal(frame, marks[index]));
    history.replaceState(null, "", link.href);
    const first = frames[0].closest(".device");
    const { top, bottom } = first.getBoundingClientRect();
    if (bottom < 120 || top > innerHeight - 120) first.scrollIntoView({ block: "start", behavior: pace() });
    return true;
  };

  const pace = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");

  const reveal = (frame, mark, behavior = pace()) => {
    const page = mark.ownerDocument;
    for (const other of page.querySelectorAll(".rtesmail-place.is-shown")) other.classList.remove("is-shown");
    mark.classList.add("is-shown");
    // Not scrollIntoView, which moves the page around the frame as well.
    const top = mark.getBoundingClientRect().top + page.scrollingElement.scrollTop - frame.clientHeight / 3;
    page.defaultView.scrollTo({ top, behavior });
  };

  // A page that was asked for with a place: its first frame goes there by itself, the others are led.
  const lead = (frame) => {
    const mark = frame.contentDocument?.querySelector(".rtesmail-place.is-shown");
    if (mark) reveal(frame, mark, "instant");
  };
  document.addEventListener("load", (event) => event.target.matches?.(".device iframe") && lead(event.target), true);
  for (const frame of document.querySelectorAll(".device iframe")) lead(frame);

  const copy = async (button) => {
    const words = button.innerHTML;
    if (words === button.dataset.copied) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.innerHTML = words), 1500);
  };

  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });
  // A page taken back from the browser's memory can be sent again.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("form button:disabled")) button.disabled = false;
  });
})();
