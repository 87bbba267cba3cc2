import type { z } from "@hono/zod-openapi";
import type { Permission } from "../domain/roles.ts";
import type { ErrorCode } from "../errors.ts";

/** One route, said once: what is checked, what is answered, and what the OpenAPI document says of it. */
export interface RouteDefinition<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** As OpenAPI writes it: `/v1/keys/{id}`. */
  path: string;
  /** What parts of the path are, by name, where that is not "the id of" what is listed before it. */
  parts?: Record<string, string>;
  /** What generated clients call it, as `listEndpoints`. */
  operationId: string;
  /** The part of the document that it stands in. */
  tag: string;
  summary: string;
  description?: string;
  /** What the key's role must allow; `operator` = ADMIN_TOKEN. */
  access: Permission | "operator";
  /** Its parameters; absent = it has none. Unknown ones are refused, as the schema must. */
  query?: Query;
  /** Unknown parameters count for nothing: its contract exists elsewhere, and its clients may send more than it says. */
  passesOverParameters?: true;
  body?: Body;
  /** An absent body counts as `{}`. */
  bodyOptional?: boolean;
  /** What the body may have; absent = as much as settings need. */
  bodyBytes?: number;
  /** 101: the handler answers with a socket. */
  status: 101 | 200 | 201 | 202 | 204;
  answer?: Answer;
  /** It changes the workspace's configuration: such requests are done one after the other, so that no other workspace waits for many. */
  inTurn?: true;
  /** Beyond those that every route may answer. */
  errors?: ErrorCode[];
  /** What missing or wrong fields are answered with; absent = `invalid_request`. */
  invalid?: ErrorCode;
}
