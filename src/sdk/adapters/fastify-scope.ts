import type { RawBody } from "../verify/body.ts";
import type { NodeRequest } from "./node-body.ts";

/** What the adapter needs of Fastify's instance, request and reply. */
export interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(type: string, options: { parseAs: "buffer" }, parse: Parse): unknown;
  post(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): unknown;
}

type Parse = (request: unknown, body: never, done: (error: null, body: RawBody) => void) => void;

export type FastifyRequest = Pick<NodeRequest, "headers" | "url" | "body">;

interface FastifyReply {
  code(status: number): FastifyReply;
  headers(headers: Record<string, string>): FastifyReply;
  send(body?: string): unknown;
}
