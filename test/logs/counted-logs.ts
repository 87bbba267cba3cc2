import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";

/** The logs, of the same names or of others, where it is counted how often each of their methods is called. */
export function countedLogs(calls: Map<string, number>, named = (name: string) => name): Env {
  const namespace = env.EVENT_LOG;
  const getByName = (name: string) =>
    new Proxy(namespace.getByName(named(name)), {
      get: (stub, method: string) => {
        calls.set(method, (calls.get(method) ?? 0) + 1);
        return Reflect.get(stub, method);
      },
    });
  return { ...env, EVENT_LOG: { getByName } as unknown as Env["EVENT_LOG"] };
}
