import type { AuthBody } from "../contract/endpoint.ts";
import { calledUrl } from "../domain/called-url.ts";
import type { EndpointAuth } from "../domain/endpoint.ts";
import { MASK } from "../domain/mask.ts";
import type { FieldError } from "../errors.ts";

/** The secret member of each kind of auth, as the API and as the service name it. */
const SECRET_FIELDS = {
  basic: { body: "password", held: "password" },
  bearer: { body: "token", held: "token" },
  header: { body: "value", held: "value" },
  oauth2: { body: "client_secret", held: "clientSecret" },
} as const satisfies Record<EndpointAuth["type"], { body: string; held: string }>;

/** How the secret member of a kind of auth is called. */
export function secretField(type: EndpointAuth["type"]): { body: string; held: string } {
  return SECRET_FIELDS[type];
}

/** What the API shows of an endpoint's auth: its secret masked. */
export function maskedAuth(auth: EndpointAuth | null): AuthBody | null {
  switch (auth?.type) {
    case undefined:
      return null;
    case "basic":
      return { type: "basic", username: auth.username, password: MASK };
    case "bearer":
      return { type: "bearer", token: MASK };
    case "header":
      return { type: "header", name: auth.name, value: MASK };
    case "oauth2":
      return {
        type: "oauth2",
        token_url: auth.tokenUrl,
        client_id: auth.clientId,
        client_secret: MASK,
        scope: auth.scope,
      };
  }
}

/** The auth after a change; a mask that is sent back keeps the stored secret of the same kind. */
export function authOf(
  stored: EndpointAuth | null,
  body: AuthBody | null | undefined,
  errors: FieldError[],
): EndpointAuth | null {
  if (body === undefined) return stored;
  if (body === null) return null;
  const auth = withoutSnakeCase(body);
  const field = SECRET_FIELDS[body.type];
  if (Reflect.get(auth, field.held) !== MASK) return auth;
  if (stored?.type === body.type)
    return { ...auth, [field.held]: Reflect.get(stored, field.held) } as EndpointAuth;
  errors.push({
    path: `auth.${field.body}`,
    message: `${MASK} keeps the stored value, and there is none: send the value itself`,
  });
  return auth;
}

function withoutSnakeCase(body: AuthBody): EndpointAuth {
  if (body.type !== "oauth2") return body;
  return {
    type: "oauth2",
    tokenUrl: calledUrl(body.token_url),
    clientId: body.client_id,
    clientSecret: body.client_secret,
    scope: body.scope ?? null,
  };
}
