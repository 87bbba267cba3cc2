import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";
import { Confirmations, type Signer } from "../../mcp/confirmations.ts";
import {
  answer,
  ERRORS,
  errorReply,
  type McpServer,
  type Message,
  type Reply,
  type RequestId,
  readMessage,
} from "../../mcp/protocol.ts";
import type { AgentCaller } from "../../mcp/tool.ts";
import { Toolbox } from "../../mcp/toolbox.ts";
import type { Atlas } from "../../sdk/client/index.ts";
import { messageOf } from "../shell/failure.ts";

/** How long calls go on once the client has closed its end. */
const ENDS_WITHIN_MS = 5000;

/**
 * Speaks the Model Context Protocol over standard input and output, a message a line, until the client ends it. The tools
 * are those that the key may use.
 */
export async function serveMcp({
  atlas,
  caller,
  version,
  signal,
}: {
  atlas: Atlas;
  caller: AgentCaller;
  version: string;
  signal: AbortSignal;
}): Promise<void> {
  const toolbox = new Toolbox({ atlas, caller, confirmations: new Confirmations(signerOfThisProcess()) });
  const session = new Session({ version, toolbox }, signal);
  const lines = createInterface({ input: process.stdin, terminal: false });
  signal.addEventListener("abort", () => lines.close(), { once: true });
  for await (const line of lines) session.hear(line);
  await session.end();
}

/** What goes on over a pair of pipes. */
class Session {
  readonly #server: McpServer;
  readonly #signal: AbortSignal;
  /** The calls under way, by the ids of their requests. */
  readonly #calls = new Map<RequestId, { ending: AbortController; answered: Promise<void> }>();

  constructor(server: McpServer, signal: AbortSignal) {
    this.#server = server;
    this.#signal = signal;
  }

  hear(line: string): void {
    if (line.trim() === "") return;
    let given: unknown;
    try {
      given = JSON.parse(line);
    } catch {
      say(errorReply(undefined, ERRORS.notJson, "This line is not JSON."));
      return;
    }
    for (const one of Array.isArray(given) ? given : [given]) this.#handle(one);
  }

  /** Nothing more is asked: what is under way may end, and is ended where that takes long. */
  async end(): Promise<void> {
    const late = setTimeout(() => {
      for (const { ending } of this.#calls.values()) ending.abort();
    }, ENDS_WITHIN_MS);
    await Promise.all([...this.#calls.values()].map(({ answered }) => answered));
    clearTimeout(late);
  }

  #handle(given: unknown): void {
    const read = readMessage(given);
    if (read === null) return;
    if ("reply" in read) say(read.reply);
    else if (read.message.id !== undefined) this.#answer(read.message.id, read.message);
    else if (read.message.method === "notifications/cancelled")
      this.#calls.get(read.message.params.requestId as string)?.ending.abort();
  }

  #answer(id: RequestId, message: Message): void {
    const ending = new AbortController();
    const answered = answer(message, this.#server, AbortSignal.any([ending.signal, this.#signal]))
      .catch((error) => errorReply(id, ERRORS.internal, messageOf(error)))
      .then((reply) => {
        this.#calls.delete(id);
        // Who has taken a request back waits for no answer.
        if (reply !== null && !ending.signal.aborted) say(reply);
      });
    this.#calls.set(id, { ending, answered });
  }
}

function say(reply: Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

/** A plan is carried out by the process that made it. */
function signerOfThisProcess(): Signer {
  const key = randomBytes(32);
  const sign = (content: string) => createHmac("sha256", key).update(content).digest("base64url");
  return {
    sign,
    isSigned: (content, signature) => {
      const [expected, given] = [Buffer.from(sign(content)), Buffer.from(signature)];
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
