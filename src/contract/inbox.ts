import { z } from "@hono/zod-openapi";
import { SIGNATURE_VERDICTS } from "../domain/received-request.ts";
import { bodyEncoding, idOf, list, listOf, listQuery, stringPairs, text, timeOf } from "./fields.ts";

/**
 * What an answer may say: nothing that a browser would run, keep or follow for this service's own pages, and nothing that
 * a proxy in front of it takes as an order.
 */
const ANSWER_HEADER =
  /^(?:content-type|retry-after|x-(?!content-type-options$|frame-options$|robots-tag$|request-id$|accel-|sendfile|lighttpd-|litespeed-|reproxy-|forwarded-)[a-z0-9-]{1,64})$/i;
const ANSWER_TYPE = /^(?:text\/plain|application\/(?:problem\+)?json)(?:; ?charset=utf-8)?$/i;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** All answers of an inbox together, characters of JSON: every isolate that answers keeps them in memory. */
const ANSWERS_LENGTH = 64 * 1024;

const headers = stringPairs({ pairs: 16, keyLength: 66, valueLength: 512 }, (name, value) => {
  if (!ANSWER_HEADER.test(name))
    return "may be Content-Type, Retry-After, or begin with X- and mean nothing to a browser or proxy";
  if (!VALUE.test(value)) return "must be visible ASCII, without spaces at its ends";
  if (name.toLowerCase() !== "content-type" || ANSWER_TYPE.test(value)) return null;
  return "must be text/plain, application/json or application/problem+json";
});

const status = z.int().min(200).max(599);

const answer = z
  .strictObject({
    status: status.default(200).openapi({ description: "The answer's status." }),
    headers: headers.default({}).openapi({
      description: "`Content-Type` (text or JSON), `Retry-After`, and such as begin with `X-`.",
    }),
    body: z
      .string()
      .max(16 * 1024)
      .default("")
      .openapi({ description: "The answer's body, at most 16,384 characters." }),
    delay: z.number().min(0).max(30).default(0).openapi({ description: "Seconds before it is sent." }),
  })
  .openapi("InboxAnswer", { description: "What is answered to one request." });

const answers = list(z.union([status.transform((only) => answer.parse({ status: only })), answer]), {
  min: 1,
  max: 20,
})
  .refine((given) => JSON.stringify(given).length <= ANSWERS_LENGTH, {
    message: `must not have more than ${ANSWERS_LENGTH / 1024} KiB together`,
  })
  .openapi({
    description:
      "What is answered, one after the other; the last one from then on. A number is a status alone. At most 64 KiB together.",
    example: [500, 500, 200],
  });

const dialect = z.string().max(64).openapi({ description: "The contract that signs.", example: "standard" });

const name = text(128).openapi({ description: "For people." });
const secret = z.string().min(1).max(1024);

export const newInbox = z
  .strictObject({
    name: name.optional(),
    answers: answers.optional(),
    dialect: dialect.optional(),
    secret: secret.optional().openapi({
      description:
        "What requests should be signed with. Absent = the secrets of the workspace's endpoints that send here.",
    }),
  })
  .openapi("NewInbox", { example: { name: "try out", answers: [500, 500, 200] } });

export const inboxChange = z
  .strictObject({
    name: name.optional(),
    answers: answers.optional(),
    dialect: dialect.nullish(),
    secret: secret.nullish().openapi({
      description:
        "What requests should be signed with from now on, together with `dialect`. Null = the secrets of the endpoints that send here.",
    }),
  })
  .openapi("InboxChange", { example: { answers: [200] } });

export const inbox = z
  .object({
    id: idOf("inb"),
    name: z.string().openapi({ description: "For people." }),
    url: z.string().openapi({
      description: "Takes requests of any method, at any path below it.",
      example: "https://webhooks.example.com/in/…",
    }),
    answers: z.array(answer).openapi({ description: "What is answered, one after the other." }),
    dialect: dialect
      .nullable()
      .openapi({ description: "The contract of the secret that was given; null = none was given." }),
    created_at: timeOf("When it was made."),
  })
  .openapi("Inbox");

export const shownInbox = inbox
  .extend({ requests: z.int().openapi({ description: "How many it holds, of the last 24 hours." }) })
  .openapi("InboxWithCount");

export const inboxList = listOf(inbox).openapi("InboxList");

const signature = z
  .object({
    verdict: z.enum([...SIGNATURE_VERDICTS, "no_secret"]).openapi({
      description:
        "What the signature said on arrival. `no_secret` = no secret was given to check it by, and no endpoint sends here. `unsigned` = the contract has no signature.",
    }),
    dialect: dialect.nullable().openapi({ description: "By which contract; null = by none." }),
    endpoint_id: z
      .string()
      .nullable()
      .openapi({ description: "Whose secret it is; null = the inbox's own, or none." }),
  })
  .openapi("InboxSignature", {
    description: "Whether the signature of the request is right, and by whose secret.",
  });

export const inboxRequestList = listOf(
  z
    .object({
      number: z.int().openapi({ description: "From 1, in the order of arrival." }),
      at: timeOf("When it arrived."),
      method: z.string().openapi({ description: "The request's method." }),
      path: z.string().openapi({ description: "Below the inbox's URL, with the query; empty = none." }),
      headers: z
        .record(z.string(), z.string())
        .openapi({ description: "Lower-case names; credentials and cookies read `***`." }),
      body: z.string().openapi({ description: "The first MiB, raw." }),
      encoding: bodyEncoding,
      truncated: z.boolean().openapi({
        description:
          "Whether that is not all: it was larger (and answered with 413), too slow (408), or broke off.",
      }),
      signature,
    })
    .openapi("InboxRequest"),
).openapi("InboxRequestList");

export const inboxRequestQuery = listQuery;

export type InboxChangeBody = z.output<typeof inboxChange>;
