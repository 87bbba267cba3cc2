import { UsageError } from "../shell/failure.ts";

/** Where the events of some types go. */
interface Route {
  pattern: string;
  url: URL;
}

/** Where each event goes: the first route that takes its type, otherwise where all go. */
export class Targets {
  readonly #all: URL | null;
  readonly #routes: Route[];

  constructor(all: URL | null, routes: Route[]) {
    this.#all = all;
    this.#routes = routes;
  }

  /** What is shown as the endpoint's URL. */
  get first(): URL {
    const url = this.#all ?? this.#routes[0]?.url;
    if (url === undefined) throw new UsageError("Say where events go: --forward-to localhost:3000.");
    return url;
  }

  /** The types that routes name, where they alone say where events go; null = all types go somewhere. */
  get types(): string[] | null {
    return this.#all === null ? this.#routes.map(({ pattern }) => pattern) : null;
  }

  /** Null = no route takes the type. */
  of(type: string): URL | null {
    return this.#routes.find(({ pattern }) => takes(pattern, type))?.url ?? this.#all;
  }
}

/** Reads `--forward-to` and `--route`. Throws a UsageError. */
export function targetsOf(forwardTo: string | undefined, routes: readonly string[]): Targets {
  const read = routes.map((text) => {
    const at = text.indexOf("=");
    if (at < 1)
      throw new UsageError(
        `--route must be types=URL, as 'deal.*=http://localhost:3000/deals', not "${text}".`,
      );
    return { pattern: text.slice(0, at), url: appUrl(text.slice(at + 1), "--route") };
  });
  const all = forwardTo === undefined ? null : appUrl(forwardTo, "--forward-to");
  const targets = new Targets(all, read);
  // Throws where there is none at all.
  void targets.first;
  return targets;
}

/** `3000`, `localhost:3000/hooks` or a whole URL. */
function appUrl(text: string, option: string): URL {
  const whole = /^\d+$/.test(text)
    ? `http://localhost:${text}/`
    : text.includes("://")
      ? text
      : `http://${text}`;
  if (URL.canParse(whole) && /^https?:\/\//.test(whole)) {
    const url = new URL(whole);
    if (url.username === "" && url.password === "") return url;
  }
  throw new UsageError(`${option} must be the URL of your app, as localhost:3000/webhooks, not "${text}".`);
}

function takes(pattern: string, type: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
