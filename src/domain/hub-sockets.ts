/*
 * What the hub answers who wants a socket. A WebSocket comes by `fetch` alone, so that an outcome is a status of HTTP:
 * the hub and whoever asks it know them from here.
 */

/** To who wants to watch deliveries. */
export const TAIL_STATUSES = {
  opened: 101,
  /** The ticket was used before. */
  ticket_used: 401,
  /** The workspace has as many sockets as it may have. */
  too_many: 409,
  /** Who watches would not fit beside the socket, where the hub keeps it. */
  scope_too_long: 413,
  /** The log did not hear in time that somebody watches, and would not pass it on. */
  log_busy: 503,
} as const;

/** To who wants to listen to an endpoint. */
export const LISTEN_STATUSES = { opened: 101, too_many: 409 } as const;
