import type { RawBody } from "../verify/body.ts";
import type { NodeRequest } from "./node-body.ts";

/** Fastify's instance, of which the adapter uses `FastifyScope`: its own declaration of that has too many overloads to fit one. */
export interface FastifyInstance {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(...given: never[]): unknown;
  post(...given: never[]): unknown;
}

/** What the adapter needs of it. */
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
