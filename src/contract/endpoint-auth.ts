import { z } from "@hono/zod-openapi";
import { stringPairs, text } from "./fields.ts";

/* What an endpoint is sent beside a delivery: headers of its own, and how deliveries prove who they are. */

/** A header's name is a token, its value visible ASCII with inner spaces (RFC 9110, 5.5 and 5.6.2). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

const headerValue = z
  .string()
  .max(4096)
  .regex(HEADER_VALUE, "must be visible ASCII, without spaces at its ends");
const headerName = z.string().max(128).regex(HEADER_NAME, "must be a header name");

export const headers = stringPairs({ pairs: 32, keyLength: 128, valueLength: 4096 }, (name, text) => {
  const bad = headerName.safeParse(name).error ?? headerValue.safeParse(text).error;
  return bad?.issues[0]?.message ?? null;
});

export const auth = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("basic").openapi({ description: "A user name and a password (RFC 7617)." }),
      // RFC 7617, 2: the first colon ends it.
      username: text(256)
        .refine((name) => !name.includes(":"), "must not hold a colon")
        .openapi({ description: "Without a colon." }),
      password: z.string().max(1024).openapi({ description: "Up to 1,024 characters; reads `***`." }),
    }),
    z.strictObject({
      type: z.literal("bearer").openapi({ description: "A token that does not change (RFC 6750)." }),
      token: headerValue.openapi({ description: "Sent as `Authorization: Bearer`; reads `***`." }),
    }),
    z.strictObject({
      type: z.literal("header").openapi({ description: "A header of the receiver's own." }),
      name: headerName.openapi({ description: "The header's name." }),
      value: headerValue.openapi({ description: "Its value; reads `***`." }),
    }),
    z.strictObject({
      type: z
        .literal("oauth2")
        .openapi({ description: "Tokens for a client's credentials (RFC 6749, 4.4)." }),
      token_url: text(2048).openapi({ description: "Where tokens are asked for, an https URL." }),
      client_id: text(512).openapi({ description: "The client that asks for tokens." }),
      client_secret: text(1024).openapi({ description: "Its secret; reads `***`." }),
      scope: text(1024)
        .nullable()
        .optional()
        .openapi({ description: "What tokens are asked for; null = the server's default." }),
    }),
  ])
  .openapi("EndpointAuth", { description: "How deliveries prove who they are. Its secrets read `***`." });
