/** The client of the API. */
export { Atlas } from "./atlas.ts";
export type { EventBatching } from "./batching.ts";
export type * from "./bodies.ts";
export { AtlasError, type ConnectionCode } from "./error.ts";
export type { ClientOptions, RequestOptions } from "./http.ts";
export type { List, Page } from "./pages.ts";
