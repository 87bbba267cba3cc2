import { z } from "@hono/zod-openapi";
import { PORTAL_THEMES } from "../domain/portal.ts";
import { idOf, list, stringPairs, text, timeOf } from "./fields.ts";

const DAY_SECONDS = 24 * 3600;

/** A name of DNS, its first label perhaps `*`, or one of this machine; with a port. No other character: it goes into headers. */
const HOST = String.raw`(?:(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)(?::\d{1,5})?`;
const LOCAL = String.raw`(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?`;
const ORIGIN = new RegExp(`^(?:https://(?:${HOST}|${LOCAL})|http://${LOCAL})$`);

function isPageUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ORIGIN.test(url.origin));
}

const pageUrl = text(2048)
  .refine(isPageUrl, "must be an https URL, or an http one of localhost, without a user")
  .nullable();

const portalFields = {
  name: text(128)
    .nullable()
    .openapi({ description: "What it calls itself; null = the workspace's name.", example: "Acme" }),
  logo_url: pageUrl.openapi({
    description: "An image; null = the service's own.",
    example: "https://acme.example/logo.svg",
  }),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #1d4ed8")
    .nullable()
    .openapi({
      description: "The colour of what can be acted on; null = the service's own.",
      example: "#1d4ed8",
    }),
  theme: z.enum(PORTAL_THEMES).openapi({ description: "`system`: as the reader's device is set." }),
  refresh_url: pageUrl.openapi({
    description:
      'Where a page asks for a new session when its own has expired, with the reader\'s cookies: the answer is `{"token": …}`. Null = nowhere.',
  }),
  frame_ancestors: list(
    z
      .string()
      .max(300)
      .regex(ORIGIN, "must be an origin such as https://app.example.com or https://*.example.com"),
    { max: 20 },
  ).openapi({ description: "Origins whose pages may show the portal in a frame; empty = none." }),
  locale_strings: stringPairs({ pairs: 200, keyLength: 64, valueLength: 512 }).openapi({
    description: "Texts in place of the portal's own, by their names.",
  }),
};

/** How the portal looks. */
export const portalSettings = z
  .strictObject(portalFields)
  .partial()
  .openapi("PortalSettings", {
    description: "What is left out has its default.",
    example: { name: "Acme", accent: "#1d4ed8", frame_ancestors: ["https://app.acme.example"] },
  });

/** How the portal looks as it is shown: with every field. */
export const shownPortal = z.object(portalFields).openapi("ShownPortalSettings");

const scopeFields = {
  endpoint_ids: list(z.string().max(64), { min: 1, max: 100 })
    .refine((ids) => new Set(ids).size === ids.length, "must not name an endpoint twice")
    .optional()
    .openapi({ description: "The endpoints that it reaches; it makes no others. Absent = any." }),
  metadata: stringPairs({ pairs: 10, keyLength: 128, valueLength: 1024 }).optional().openapi({
    description:
      "It reaches the endpoints whose metadata has each of these pairs; what is made in it gets them. Absent = any.",
  }),
  read_only: z.boolean().default(false).openapi({ description: "It changes nothing." }),
};

export const newPortalSession = z
  .strictObject({
    expires_in: z.int().min(60).max(DAY_SECONDS).default(3600).openapi({ description: "Seconds." }),
    ...scopeFields,
  })
  .openapi("NewPortalSession", {
    example: { expires_in: 3600, metadata: { customer: "acme" }, read_only: false },
  });

export const portalScope = z
  .object({
    endpoint_ids: z
      .array(idOf("ep"))
      .nullable()
      .openapi({ description: "The endpoints that it reaches; null = any." }),
    metadata: z
      .record(z.string(), z.string())
      .openapi({ description: "What the metadata of an endpoint must have to be reached." }),
    read_only: z.boolean().openapi({ description: "It changes nothing." }),
  })
  .openapi("PortalScope", { description: "What a portal session is for, within its workspace." });

export const portalSession = z
  .object({
    url: z.string().openapi({
      description:
        "The dashboard with the token in its fragment, which browsers send to no server. With `&embed=1` before the fragment it has no frame of its own, for a page that shows it within itself.",
      example: "https://webhooks.example.com/dashboard?portal=ws_…#token=ak_…",
    }),
    token: z.string().openapi({ description: "A key of the role `portal`, shown once.", example: "ak_…" }),
    expires_at: timeOf("When it stops working."),
    scope: portalScope.nullable().openapi({ description: "Null = all endpoints of the workspace." }),
  })
  .openapi("PortalSession");

export type PortalSettingsBody = z.infer<typeof portalSettings>;
export type ShownPortalBody = z.infer<typeof shownPortal>;
export type PortalScopeBody = z.infer<typeof portalScope>;
