import WebSocket, { type ClientOptions } from "ws";

/**
 * How long a connection may stay open once the service has said that it closes the socket. A service of `npm start` lets go
 * of it 10 s later, and until then `close` would not be heard.
 */
const CLOSING_MS = 1000;

/** Opens a socket to the service, whose `close` follows soon after the service closes it. */
export function openSocket(address: string, options: ClientOptions): WebSocket {
  // An option of `ws` that its types do not know yet.
  const closing = { closeTimeout: CLOSING_MS };
  return new WebSocket(address, { ...options, ...closing });
}
