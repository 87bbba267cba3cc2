import type { LISTEN_STATUSES, TAIL_STATUSES } from "../domain/hub-sockets.ts";
import { UnknownOutcome } from "../domain/outcome.ts";

type Statuses = typeof TAIL_STATUSES | typeof LISTEN_STATUSES;

/** What the hub answered: the client's side of an open socket, or why there is none. */
export type SocketAnswer<Known extends Statuses> =
  | { outcome: "opened"; webSocket: WebSocket }
  | { outcome: Exclude<keyof Known & string, "opened"> };

/**
 * What the hub's response to who wants a socket says.
 * @param known the outcomes that there are, by their statuses; throws `UnknownOutcome` for another
 */
export function socketAnswerOf<Known extends Statuses>(
  { status, webSocket }: Response,
  known: Known,
): SocketAnswer<Known> {
  const outcome = Object.entries(known).find(([, its]) => its === status)?.[0];
  if (outcome === "opened" && webSocket !== null) return { outcome, webSocket };
  if (outcome === undefined || outcome === "opened") throw new UnknownOutcome(`${status}`);
  return { outcome: outcome as Exclude<keyof Known & string, "opened"> };
}
