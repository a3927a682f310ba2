// The little that htmx does not do: where the focus goes, and what to say when the line is cut.
"use strict";

(function () {
  function focusOn(root) {
    const target = root.querySelector("[data-focus]") || root.querySelector("h1");
    if (!target) return;
    if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: false });
  }

  function line(kind) {
    for (const message of document.querySelectorAll("[data-line]")) {
      message.hidden = message.dataset.line !== kind;
    }
  }

  function failed(event) {
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    line(status === 413 ? "large" : status === 0 ? "cut" : "broken");
  }

  // Away at once, and the back button does not lead here.
  document.addEventListener("click", function (event) {
    const way = event.target.closest("[data-escape]");
    if (!way) return;
    event.preventDefault();
    window.location.replace(way.href);
  });
  document.addEventListener("DOMContentLoaded", function () {
    const summary = document.querySelector("[data-focus]");
    if (summary) summary.focus();
    // Without this script the button would do nothing: the sentence beside it says how else.
    for (const button of document.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
  });
  // Only now does the new page hear what is chosen: who types ahead of that would not be saved.
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.target.id !== "main") return;
    window.scrollTo(0, 0);
    focusOn(event.detail.target);
  });
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful) line("");
  });
})();
