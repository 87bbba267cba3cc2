import {
  answer,
  ERRORS,
  errorReply,
  isModern,
  isSpoken,
  type McpServer,
  type Message,
  type Reply,
  readMessage,
  unsupported,
} from "./protocol.ts";

/*
 * The protocol's Streamable HTTP: each message is a POST of its own, and gets one answer as JSON. There are no
 * sessions and no streams, which the transport leaves to the server: nothing is kept, nothing is told unasked.
 */

/** Versions before 2025-06-18 let clients send several at once. */
const MOST_AT_ONCE = 20;

/** What is answered: without a reply there was nothing to answer. */
export interface HttpReply {
  status: number;
  reply: Reply | Reply[] | null;
}

/** Headers of a request, by their names. */
export type HeadersOf = (name: string) => string | null | undefined;

/** The answer to a body that was read as JSON. */
export async function answerOverHttp(
  given: unknown,
  headerOf: HeadersOf,
  server: McpServer,
  signal: AbortSignal,
): Promise<HttpReply> {
  if (Array.isArray(given)) return answerSeveral(given, server, signal);
  const read = readMessage(given);
  if (read === null) return { status: 202, reply: null };
  if ("reply" in read) return { status: 400, reply: read.reply };
  const { message } = read;
  const problem = headerProblem(message, headerOf);
  if (problem !== null) return { status: 400, reply: problem };
  const reply = await answer(message, server, signal);
  return { status: reply === null ? 202 : statusOf(reply, message), reply };
}

async function answerSeveral(
  messages: readonly unknown[],
  server: McpServer,
  signal: AbortSignal,
): Promise<HttpReply> {
  if (messages.length === 0 || messages.length > MOST_AT_ONCE) {
    const text = `A batch has 1 to ${MOST_AT_ONCE} messages.`;
    return { status: 400, reply: errorReply(undefined, ERRORS.invalidRequest, text) };
  }
  const replies: Reply[] = [];
  for (const one of messages) {
    const read = readMessage(one);
    if (read === null) continue;
    const reply = "reply" in read ? read.reply : await answer(read.message, server, signal);
    if (reply !== null) replies.push(reply);
  }
  return replies.length === 0 ? { status: 202, reply: null } : { status: 200, reply: replies };
}

/** What stands between reads the headers: so they must say what the body does. Null = they do. */
function headerProblem({ id, method, params, version }: Message, headerOf: HeadersOf): Reply | null {
  const header = headerOf("mcp-protocol-version") ?? null;
  if (version === null) {
    // Older versions know no header, or one that is the same for all requests after `initialize`.
    if (header === null || (isSpoken(header) && !isModern(header))) return null;
    return isSpoken(header) ? mismatch(id, "MCP-Protocol-Version") : unsupported(id, header);
  }
  if (header !== version) return mismatch(id, "MCP-Protocol-Version");
  if (headerOf("mcp-method") !== method) return mismatch(id, "Mcp-Method");
  if (method !== "tools/call") return null;
  return decoded(headerOf("mcp-name") ?? "") === params.name ? null : mismatch(id, "Mcp-Name");
}

function mismatch(id: Message["id"], header: string): Reply {
  const text = `The header ${header} is missing, or says something else than the body.`;
  return errorReply(id, ERRORS.headerMismatch, text);
}

/** A header's value; what plain ASCII cannot say comes as base64. Null = that is none. */
function decoded(value: string): string | null {
  const [, base64] = /^=\?base64\?(.*)\?=$/.exec(value) ?? [];
  if (base64 === undefined) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)),
    );
  } catch {
    return null;
  }
}

function statusOf({ error }: Reply, { version }: Message): number {
  // Clients of the age before take any other status for a failure of the connection.
  if (error === undefined || version === null) return 200;
  return error.code === ERRORS.unknownMethod ? 404 : 400;
}
