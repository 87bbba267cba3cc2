import type { Faults } from "./faults.ts";
import { going } from "./life.ts";
import type { World } from "./world.ts";

/** An R2 bucket in memory: what the project calls of it, with latency and failures. */
export class Bucket {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #objects = new Map<string, Uint8Array>();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  get binding(): R2Bucket {
    // The surface that the project uses, and no more: what is missing fails where it is called.
    return this as unknown as R2Bucket;
  }

  get keys(): string[] {
    return [...this.#objects.keys()].sort();
  }

  /** All that is stored, as text. */
  dump(): string {
    return [...this.#objects.values()].map((bytes) => Buffer.from(bytes).toString("latin1")).join("\n");
  }

  async put(
    key: string,
    value: string | ArrayBuffer | ArrayBufferView,
  ): Promise<{ key: string; size: number }> {
    const bytes = copyOf(value);
    return this.#travel("put", () => {
      this.#objects.set(key, bytes);
      return { key, size: bytes.length };
    });
  }

  async get(key: string, options?: { range?: { offset?: number; length?: number; suffix?: number } }) {
    return this.#travel("get", () => {
      const whole = this.#objects.get(key);
      if (!whole) return null;
      const { offset = 0, length = whole.length - offset, suffix } = options?.range ?? {};
      const part =
        suffix === undefined
          ? whole.subarray(offset, offset + length)
          : whole.subarray(whole.length - suffix);
      const bytes = Uint8Array.from(part);
      return {
        ...{ key, size: whole.length },
        arrayBuffer: async () => bytes.buffer,
        bytes: async () => bytes,
        text: async () => new TextDecoder().decode(bytes),
        body: new Blob([bytes]).stream(),
      };
    });
  }

  async head(key: string): Promise<{ key: string; size: number } | null> {
    return this.#travel("head", () => {
      const bytes = this.#objects.get(key);
      return bytes ? { key, size: bytes.length } : null;
    });
  }

  async delete(keys: string | string[]): Promise<void> {
    await this.#travel("delete", () => {
      for (const key of [keys].flat()) this.#objects.delete(key);
    });
  }

  async list({ prefix = "", limit = 1000 }: { prefix?: string; limit?: number } = {}) {
    return this.#travel("list", () => {
      const fitting = this.keys.filter((key) => key.startsWith(prefix));
      const objects = fitting
        .slice(0, limit)
        .map((key) => ({ key, size: this.#objects.get(key)?.length ?? 0 }));
      return { objects, truncated: fitting.length > limit, delimitedPrefixes: [] };
    });
  }

  /** A request to R2: there, what it does, and back. */
  async #travel<T>(method: string, act: () => T): Promise<T> {
    return going(async () => {
      await this.#world.sleep(this.#faults.takes("R2", 20));
      this.#mayFail(method, "before");
      const answer = act();
      this.#mayFail(method, "after");
      return answer;
    });
  }

  #mayFail(method: string, when: "before" | "after"): void {
    if (this.#faults.happens("r2", `R2 fails ${when} ${method}`))
      throw new Error(`${method}: We encountered an internal error. Please try again. (10001)`);
  }
}

function copyOf(value: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  return Uint8Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}
