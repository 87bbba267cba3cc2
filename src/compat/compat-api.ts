import type { z } from "@hono/zod-openapi";
import { fieldErrors } from "../contract/field-errors.ts";
import type { Permission } from "../domain/roles.ts";
import { ensureAnswerHolds } from "../endpoints/store.ts";
import { ApiError, detailOf, type FieldError, invalid } from "../errors.ts";
import { type Api, newApi } from "../http/context.ts";
import { routesWith, type WorkspaceCall } from "../http/route.ts";
import type { RouteDefinition } from "../http/route-definition.ts";

/*
 * Subscribe APIs of contracts that exist elsewhere: their paths, bodies and statuses, on the same endpoints as /v1.
 * They answer missing and wrong fields with 400, where /v1 says 422.
 */

const { addRoute } = routesWith(ensureAnswerHolds);

/** A new, empty subscribe API. */
export function newCompatApi(): Api {
  const api = newApi();
  api.onError((error) => {
    throw asBadRequest(error);
  });
  return api;
}

/** Adds a route of a subscribe API. */
export function addCompatRoute<
  Query extends z.ZodType = z.ZodNever,
  Body extends z.ZodType = z.ZodNever,
  Answer extends z.ZodType = z.ZodUndefined,
>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer> & { access: Permission },
  handle: (call: WorkspaceCall<Query, Body>) => Promise<z.input<Answer> | Response>,
): void {
  addRoute(api, { ...definition, invalid: "bad_request", passesOverParameters: true }, handle);
}

/**
 * An error of /v1's rules in the words of this API: 400, and the fields by the names that they have here.
 * @param names this API's name of a /v1 field, by the path that /v1 gives it
 */
export function asBadRequest(error: unknown, names: Record<string, string> = {}): unknown {
  if (!(error instanceof ApiError) || error.code !== "invalid_request") return error;
  const errors = error.errors.map(({ path, message }) => ({ path: names[path] ?? path, message }));
  return new ApiError("bad_request", detailOf(errors), { errors });
}

/**
 * The body as the schema gives it. Throws 400 with every bad field at once: those that the schema refuses and, of the
 * others, those that break `rules`, which throws asBadRequest's error.
 */
export function checkedWithRules<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
  rules: (given: Partial<z.output<Schema>>) => unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error);
  const refused = new Set(result.error.issues.map(({ path }) => path[0]));
  if (refused.has(undefined)) throw asBadRequest(invalid(errors));
  const rest = Object.entries(value as object).filter(([field]) => !refused.has(field));
  const given = schema.partial().parse(Object.fromEntries(rest)) as Partial<z.output<Schema>>;
  const isOther = ({ path }: FieldError) => !refused.has(path.split(/[.[]/, 1)[0]);
  throw asBadRequest(invalid([...errors, ...brokenBy(() => rules(given)).filter(isOther)]));
}

function brokenBy(rules: () => unknown): FieldError[] {
  try {
    rules();
    return [];
  } catch (error) {
    if (error instanceof ApiError) return error.errors;
    throw error;
  }
}
