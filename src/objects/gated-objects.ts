import { pause } from "../domain/surroundings.ts";
import { platform } from "../platform.ts";
import type { OpenObjects } from "../storage/open-objects.ts";
import { callNext, orOnceAwake, type Sleeper } from "../storage/places.ts";

/** How often one that waits for a place asks again, and for how long. */
const ASK_AGAIN_MS = 50;
const PATIENCE_MS = 5000;

/** Methods that need no place: they give one back, or were given one. */
const UNGATED: readonly string[] = ["close", "goOn"];

/** An object that gives its place back when it is asked to. */
export interface Closable extends Sleeper {
  close(): Promise<void>;
}

type Method = (...given: unknown[]) => Promise<unknown>;

/**
 * A stub of an object each of whose calls waits for a place among those that may be open, and has it for as long as it
 * takes. A call that gets none within 5 s fails as overloaded.
 * @param open makes a stub of an object of this class
 * @param ungated methods that need no place
 */
export function gatedStub<Stub extends Closable>(
  objects: OpenObjects,
  name: string,
  open: (name: string) => Stub,
  ungated: readonly string[] = [],
): Stub {
  const call = async (method: string, given: unknown[]) => {
    const leave = objects.enter(name, platform.nowMs()) ?? (await enterWhenFree(objects, name, open));
    try {
      return await orOnceAwake(() => {
        const stub = open(name);
        return Reflect.apply(Reflect.get(stub, method) as Method, stub, given) as Promise<unknown>;
      });
    } finally {
      leave(platform.nowMs());
    }
  };
  // Nothing of a stub is used but its methods.
  return new Proxy({} as Stub, {
    get: (_target, method) => {
      // A stub is no promise, whoever asks.
      if (typeof method !== "string" || method === "then") return undefined;
      if (UNGATED.includes(method) || ungated.includes(method)) return Reflect.get(open(name), method);
      return (...given: unknown[]) => call(method, given);
    },
  });
}

async function enterWhenFree(
  objects: OpenObjects,
  name: string,
  open: (name: string) => Closable,
): Promise<(nowMs: number) => void> {
  const giveUpAt = platform.nowMs() + PATIENCE_MS;
  do {
    makeRoom(objects, open);
    await pause(platform, ASK_AGAIN_MS);
    const leave = objects.enter(name, platform.nowMs());
    if (leave) return leave;
  } while (platform.nowMs() < giveUpAt);
  objects.leave(name);
  // As the runtime marks its own.
  throw Object.assign(new Error("too many objects are open for the files of this machine"), {
    overloaded: true,
  });
}

/** Has objects that rest close themselves for those who wait, and those go on whose turn it is, in calls of their own. */
export function makeRoom(objects: OpenObjects, open: (name: string) => Closable): void {
  callNext(objects, open, platform.nowMs());
  for (const name of objects.chooseToClose(platform.nowMs())) {
    // It fails if the object was closed.
    open(name)
      .close()
      .catch(() => {})
      .finally(() => objects.noteClosed(name, false, platform.nowMs()));
  }
}
