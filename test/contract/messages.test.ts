import { z } from "@hono/zod-openapi";
import { expect, it } from "vitest";
import "../../src/contract/messages.ts";

it.each([
  [z.string(), 5, "must be a string, not a number"],
  [z.string(), 2.5, "must be a string, not a number"],
  [z.array(z.string()), 5, "must be a list, not a number"],
  [z.int(), 2.5, "must be a whole number, not a decimal"],
  [z.int(), "5", "must be a number, not a string"],
  [z.string(), null, "must be a string, not null"],
])("what is given where something else must be is named, %#", (schema, given, message) => {
  expect(schema.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
