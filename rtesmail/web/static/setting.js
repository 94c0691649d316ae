// Says that the letter is being set, and gives way to it. Without this, the page reloads itself as the PDF.
"use strict";

(async () => {
  const said = document.getElementById("setting");
  const { href } = document.getElementById("letter");
  try {
    const answer = await fetch(href);
    await answer.blob();
    // A browser that saves PDFs instead of showing them leaves this page in sight.
    if (answer.ok) said.textContent = said.dataset.done;
  } finally {
    said.setAttribute("aria-busy", "false");
    location.replace(href);
  }
})();
