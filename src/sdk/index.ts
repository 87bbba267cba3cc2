/** What receivers import: synchronous verification that runs in every JavaScript runtime. */
export { type AtlasEvent, atlas } from "./atlas.ts";
export { type HeaderSource, type StandardEvent, standard } from "./standard.ts";
export { type VerifyOptions, WebhookVerificationError } from "./verification.ts";
