import type { DeliveryPolicy } from "../../contract/policy.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { EndpointConfig, EndpointSecrets } from "../../domain/endpoint.ts";
import type { Authenticator } from "./auth.ts";

/** What follows from a configuration and is needed at each attempt. */
export interface Prepared {
  config: EndpointConfig;
  policy: DeliveryPolicy;
  secrets: EndpointSecrets;
  dialect: Dialect;
  authenticator: Authenticator;
  /** Whether ALLOWED_NETWORKS lets its URL, and that of its tokens, be called. */
  isUrlAllowed: boolean;
}
