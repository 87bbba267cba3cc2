/** Puts a text on the clipboard. Throws where the browser refuses it. */
export async function copyText(text: string): Promise<void> {
  // Browsers have it for pages that came by https or from this computer; `npm start` is also opened by an address.
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  // Beside what has the focus: a dialog makes all else inert.
  const place = document.activeElement?.closest("dialog") ?? document.body;
  place.append(field);
  const before = document.activeElement;
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!isDone) throw new Error("the browser refused to copy");
}
