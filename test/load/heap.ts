import { readFileSync } from "node:fs";
import { Inspector } from "../../bench/inspector.ts";

/** What the Worker's isolate holds after a collection, megabytes. */
export interface HeapUse {
  /** JavaScript objects. */
  usedMb: number;
  /** The bytes behind array buffers. */
  backingMb: number;
}

const MB = 1024 * 1024;

/** What the isolate holds in which the Worker and all its objects live. */
export class HeapInspector {
  readonly #inspector: Inspector;

  private constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Throws if the inspector does not listen there, or does not know the Worker. */
  static async connect(port: number, workerName: string): Promise<HeapInspector> {
    return new HeapInspector(await Inspector.connect(port, workerName));
  }

  /** Collects garbage, then looks. */
  async use(): Promise<HeapUse> {
    await this.#inspector.ask("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await this.#inspector.ask<{
      usedSize: number;
      backingStorageSize: number;
    }>("Runtime.getHeapUsage");
    return { usedMb: usedSize / MB, backingMb: backingStorageSize / MB };
  }

  close(): void {
    this.#inspector.close();
  }
}

/** What a process has in memory, megabytes; null where there is no /proc. */
export function residentMb(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}
