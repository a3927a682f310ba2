// The little that htmx does not do: where the focus goes, what to say when the line is cut, and the two buttons
// that a page without scripts does not show.
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

  function offer() {
    for (const button of document.querySelectorAll("[data-show], [data-print]")) button.hidden = false;
  }

  function show(button, visible) {
    const field = document.getElementById(button.dataset.show);
    if (!field) return;
    field.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-show], [data-print]");
    if (!button) return;
    if (button.hasAttribute("data-print")) window.print();
    else show(button, button.getAttribute("aria-pressed") !== "true");
  });
  // As a password again when it is sent: browsers remember what was typed in a field of text.
  document.addEventListener("submit", function (event) {
    for (const button of event.target.querySelectorAll("[data-show]")) show(button, false);
  });
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
    offer();
  });
  // Only now does the new page hear what is chosen: who types ahead of that would not be saved.
  document.addEventListener("htmx:afterSettle", function (event) {
    offer();
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
