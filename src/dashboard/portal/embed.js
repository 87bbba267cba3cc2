/*
 * Shows the portal within a page of one's own:
 *   const portal = AtlasPortal.mount(element, { url, onEndpointCreated(endpoint) {} });
 *   portal.remove();
 * `url`: of a portal session, as POST /v1/portal-sessions answers it.
 */
(() => {
  const mount = (element, { url, title = "Webhooks", onEndpointCreated } = {}) => {
    const address = new URL(url);
    address.searchParams.set("embed", "1");
    const frame = document.createElement("iframe");
    frame.title = title;
    frame.allow = "clipboard-write";
    frame.style.cssText = "width:100%;border:0;display:block;min-height:320px;color-scheme:normal";
    frame.src = address.href;
    const onMessage = ({ source, origin, data }) => {
      if (source !== frame.contentWindow || origin !== address.origin) return;
      if (data?.type === "atlas:height") frame.style.height = `${Math.ceil(Number(data.height))}px`;
      if (data?.type === "atlas:endpoint.created") onEndpointCreated?.(data.endpoint);
    };
    addEventListener("message", onMessage);
    element.append(frame);
    return {
      frame,
      remove() {
        removeEventListener("message", onMessage);
        frame.remove();
      },
    };
  };
  window.AtlasPortal = { mount };
})();
