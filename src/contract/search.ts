import { z } from "@hono/zod-openapi";
import { filterProblem } from "../filter/filter.ts";
import { typePatterns } from "./endpoint-fields.ts";
import { eventSummary } from "./event.ts";
import { listOf, span, text, timeOf } from "./fields.ts";

const filter = z.string().superRefine((expression, issues) => {
  const problem = filterProblem(expression);
  if (problem !== null) issues.addIssue({ code: "custom", message: problem });
});

export const searchInput = z
  .strictObject({
    ...span,
    types: typePatterns.optional().openapi({ description: "Patterns of types, any of which may match." }),
    filter: filter.optional().openapi({
      description: "A CEL expression over the event that must be true, see docs/filters.md.",
      example: "deal.value > 10000",
    }),
    text: text(256).optional().openapi({
      description: "Found in the JSON text of `data` as it was sent, with its escapes; case counts.",
    }),
    limit: z.int().min(1).max(200).default(50).openapi({ description: "Events of one page." }),
    cursor: z.string().max(2000).optional().openapi({ description: "`next_cursor` of the page before." }),
  })
  .openapi("EventSearch", {
    description: "All that is given must hold; from ≤ accepted_at < to.",
    example: { types: ["deal.*"], filter: "deal.value > 10000", from: "2026-11-20T00:00:00Z" },
  });

export const searchResult = listOf(
  eventSummary
    .extend({
      excerpt: z
        .string()
        .nullable()
        .openapi({ description: "The data around `text`, at most 200 characters; null = none was given." }),
    })
    .openapi("FoundEvent"),
)
  .extend({
    scanned: z
      .object({
        events: z.int().openapi({ description: "Events that were looked at." }),
        characters: z.int().openapi({ description: "How many characters their data have together." }),
        to: timeOf("When the last of them was accepted; null = all of the span were looked at.").nullable(),
      })
      .openapi({ description: "What this page looked at, found or not." }),
  })
  .openapi("EventSearchResult");
