/*
 * What the portal tells the page that shows it in a frame. To whichever origin that is: the policy of the page lets nobody
 * frame it but those that the workspace names.
 */

/** Whether it is shown within another page; from the first address on, whatever is gone to afterwards. */
export const isEmbedded = new URLSearchParams(location.search).get("embed") === "1";

function tell(message: object): void {
  if (isEmbedded && window.parent !== window) window.parent.postMessage(message, "*");
}

/** Tells the page's height from now on, each time that it changes. */
export function tellHeight(): () => void {
  if (!isEmbedded) return () => {};
  const observer = new ResizeObserver(() => {
    tell({ type: "atlas:height", height: document.body.scrollHeight });
  });
  observer.observe(document.body);
  return () => observer.disconnect();
}

/** Tells that an endpoint was made in the portal. */
export function tellCreated({ id, url, types }: { id: string; url: string; types: readonly string[] }): void {
  tell({ type: "atlas:endpoint.created", endpoint: { id, url, types } });
}
