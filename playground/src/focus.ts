/**
 * Replaces the content of an element. If an element in it with a `data-key` had
 * the focus, the new element with that key gets it.
 */
export function replaceKeepingFocus(parent: HTMLElement, ...children: Node[]): void {
  const { activeElement } = document;
  const key = parent.contains(activeElement) && (activeElement as HTMLElement).dataset["key"];
  parent.replaceChildren(...children);
  if (key) parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
