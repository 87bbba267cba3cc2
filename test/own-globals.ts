import { afterAll, vi } from "vitest";

/* After each test file of the project `unit`, whose files share their threads: the functions, clock and timers of its own. */

const NAMES = [
  ...["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"],
  ...["queueMicrotask", "fetch", "process"],
];
const OWN = Symbol.for("atlas.test.globals");

const shared = globalThis as typeof globalThis & { [OWN]?: Map<string, unknown> };
shared[OWN] ??= new Map(NAMES.map((name) => [name, Reflect.get(globalThis, name)]));
const own = shared[OWN];

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  // A spy on a fake timer, restored after the fake, would leave that.
  for (const [name, value] of own) Reflect.set(globalThis, name, value);
});
