/** Makes a tab list work: a click or the arrow keys show a tab's panel. */
export function tabs(list: HTMLElement): (id: string) => void {
  const all = [...list.querySelectorAll<HTMLElement>("[role=tab]")];
  const show = (shown: HTMLElement) => {
    for (const tab of all) {
      tab.setAttribute("aria-selected", String(tab === shown));
      tab.tabIndex = tab === shown ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")!)!.hidden = tab !== shown;
    }
  };
  list.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLElement && all.includes(target)) show(target);
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(event.target as HTMLElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = all[(to + all.length) % all.length]!;
    tab.focus();
    show(tab);
  });
  return (id) => show(all.find((tab) => tab.id === id)!);
}
