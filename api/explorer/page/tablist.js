// Tabs that show one of several parts (WAI-ARIA: tabs), moved through by arrow keys.

/** `onShow(id)` hears which part is shown; returns a function that shows one by its id. */
export function tablist(element, onShow = () => {}) {
  const tabs = [...element.querySelectorAll("[role=tab]")];
  const show = (id) => {
    for (const tab of tabs) {
      const isIt = tab.getAttribute("aria-controls") === id;
      tab.setAttribute("aria-selected", String(isIt));
      tab.tabIndex = isIt ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isIt;
    }
    onShow(id);
  };
  element.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab.getAttribute("aria-controls"));
  });
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.indexOf(document.activeElement);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    show(next.getAttribute("aria-controls"));
    next.focus();
  });
  return show;
}
