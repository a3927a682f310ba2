"""What must hold on every page in every state: axe-core, reflow, targets, text spacing, forced colours."""

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.people import DESK, PHONE

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SMALLEST_TARGET, SMALLEST_BUTTON = 24, 44

# WCAG 1.4.12, set as a person's own style would; a constructed sheet, because the CSP allows no other.
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
NO_SPACING = "() => { document.adoptedStyleSheets = []; }"

OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const page = document.scrollingElement.scrollWidth > width ? [`the page is ${document.scrollingElement.scrollWidth} wide`] : [];
  const name = part => `<${part.tagName.toLowerCase()} class="${part.getAttribute("class") || ""}">`;
  const scrolls = part => { for (let up = part; up; up = up.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true; };
  const aside = part => {  // read aloud, not seen
    const box = part.getBoundingClientRect();
    return getComputedStyle(part).clipPath === "inset(50%)" || (box.width <= 1 && box.height <= 1);
  };
  const hidden = part => { for (let up = part; up; up = up.parentElement) if (aside(up)) return true; };
  const out = [...document.body.querySelectorAll("*")].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !scrolls(part) && !hidden(part);
  }).map(part => `${name(part)} ends at ${Math.round(part.getBoundingClientRect().right)} of ${width}`);
  const cut = [...document.body.querySelectorAll("*")].filter(part => {
    const style = getComputedStyle(part);
    return part.textContent.trim() && !hidden(part) && ["hidden", "clip"].includes(style.overflowY)
      && part.scrollHeight > part.clientHeight + 1 && !part.closest("svg");
  }).map(part => `${name(part)} cuts off its text`);
  return [...page, ...out.slice(0, 5), ...cut.slice(0, 5)];
}"""

# A label belongs to its control's target. Links inside a sentence are exempt (WCAG 2.5.8).
TARGETS = """([smallest, button]) => {
  const seen = part => part.checkVisibility({visibilityProperty: true}) && !part.closest(".visually-hidden, .skip");
  const inSentence = part => part.tagName === "A" && getComputedStyle(part).display === "inline";
  return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter(part => seen(part) && !inSentence(part) && part.getAttribute("aria-hidden") !== "true")
    .flatMap(part => {
      const boxes = [part, ...(part.labels || [])].map(one => one.getBoundingClientRect());
      const wide = Math.max(...boxes.map(box => box.width)), high = Math.max(...boxes.map(box => box.height));
      const least = part.matches("button, .utrecht-button, [type=submit]") ? button : smallest;
      return Math.min(wide, high) + 0.5 < least
        ? [`${part.outerHTML.slice(0, 100)} is ${Math.round(wide)} by ${Math.round(high)}`] : [];
    });
}"""


def everything(page: Page) -> list[str]:
    """All that is wrong with the page as it stands, at both widths."""
    # A colour on its way to another colour is not one that anybody reads.
    page.emulate_media(reduced_motion="reduce")
    # What lies under a bar that stays on top is so at one moment of scrolling; the page is judged from its top.
    page.evaluate("() => window.scrollTo(0, 0)")
    found = [f"320 px: {text}" for text in axe(page)]
    found += [f"320 px: {text}" for text in overflow(page)]
    found += [f"target: {text}" for text in page.evaluate(TARGETS, [SMALLEST_TARGET, SMALLEST_BUTTON])]
    page.evaluate(SPACING)
    found += [f"text spacing: {text}" for text in overflow(page)]
    page.evaluate(NO_SPACING)
    page.emulate_media(forced_colors="active")
    found += [f"forced colours: {text}" for text in overflow(page)]
    page.emulate_media(forced_colors="none")
    page.set_viewport_size(DESK)
    found += [f"1280 px: {text}" for text in axe(page)]
    found += [f"1280 px: {text}" for text in overflow(page)]
    page.set_viewport_size(PHONE)
    return found


def axe(page: Page) -> list[str]:
    """The violations of WCAG 2.2 A and AA that axe-core finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate(f"axe.run({json.dumps(options)})")
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """What does not fit in the width of the window, or is cut off."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found
