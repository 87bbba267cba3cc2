/** What receivers import: synchronous verification that runs in every JavaScript runtime. */
export { type AtlasEvent, atlas } from "./dialects/atlas.ts";
export { type AtomicEvent, atomic } from "./dialects/atomic.ts";
export { type BrokersEvent, brokers } from "./dialects/brokers.ts";
export { type CloudEvent, cloudevents } from "./dialects/cloudevents.ts";
export { type StandardEvent, standard } from "./dialects/standard.ts";
export { type SupportEvent, support } from "./dialects/support.ts";
export { type VoiceEvent, voice } from "./dialects/voice.ts";
export type { RawBody } from "./verify/body.ts";
export { type VerificationCode, WebhookVerificationError } from "./verify/error.ts";
export type { HeaderSource, SignatureSource } from "./verify/headers.ts";
export type { Secrets } from "./verify/secrets.ts";
export type { VerifyOptions } from "./verify/time.ts";
export type { RawRequest, Received, SignOptions, Verification, Webhooks } from "./verify/webhooks.ts";
