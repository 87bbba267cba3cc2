import type { Sent } from "../../domain/sending-messages.ts";
import { AnswerHeaders } from "../attempt/answer-headers.ts";
import type { Network } from "../attempt/attempt.ts";
import type { AnswerBody, ReceiverResponse } from "../attempt/http-answer.ts";
import type { Send } from "../attempt/resend.ts";
import { NobodyThere, NotAnswered } from "../attempt/tunnel.ts";
import { type SenderLink, SenderLost } from "./sender-link.ts";

/** An object's network with its requests made by a sender. What is lost with that one counts as not made, as in any crash. */
export function throughSender(link: SenderLink, own: Network): Network {
  return {
    ...own,
    sender:
      ({ endsAt, mostBytes }): Send =>
      async (url, { signal, ...request }) => {
        const askedAt = own.nowMs();
        const timeoutMs = Math.max(1, endsAt - askedAt);
        const answer = await link.send({ url, ...request, askedAt, timeoutMs, mostBytes }).catch((error) => {
          throw error instanceof SenderLost ? new NobodyThere() : error;
        });
        if (answer.outcome === "unanswered") throw new NotAnswered(answer.error, answer.durationMs);
        // The sender's clock ran a little ahead: what was late is told by the signal.
        if (answer.end === "late") await awaitAbort(signal);
        return responseOf(answer);
      },
  };
}

function responseOf({
  status,
  headers,
  body,
  end,
  durationMs,
}: Extract<Sent, { outcome: "answered" }>): ReceiverResponse {
  const fields = new AnswerHeaders();
  for (const { name, value } of headers) fields.append(name, value);
  return { status, headers: fields, body: bodyOf(body, end === "broken" || end === "late"), durationMs };
}

/** A body that has been read. */
function bodyOf(bytes: Uint8Array, isBroken: boolean): AnswerBody {
  let isRead = false;
  const read = async () => {
    if (isRead && isBroken) throw new Error("the answer ended within its body");
    if (isRead) return { done: true };
    isRead = true;
    return { done: false, value: bytes };
  };
  const cancel = async () => {};
  return { getReader: () => ({ read, cancel }), cancel };
}

function awaitAbort(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
