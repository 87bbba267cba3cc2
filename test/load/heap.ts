import { readFileSync } from "node:fs";

/** What the Worker's isolate holds after a collection, megabytes. */
export interface HeapUse {
  /** JavaScript objects. */
  usedMb: number;
  /** The bytes behind array buffers. */
  backingMb: number;
}

const MB = 1024 * 1024;

/** workerd's inspector, asked about the isolate in which the Worker and all its objects live. */
export class HeapInspector {
  readonly #socket: WebSocket;
  readonly #open = new Map<number, (result: unknown) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (id === undefined) return;
      this.#open.get(id)?.(result);
      this.#open.delete(id);
    });
  }

  /** Throws if the inspector does not listen there, or does not know the Worker. */
  static async connect(port: number, workerName: string): Promise<HeapInspector> {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      id: string;
      webSocketDebuggerUrl: string;
    }[];
    const target = targets.find(({ id }) => id === `core:user:${workerName}`);
    if (!target) throw new Error(`workerd's inspector does not know the Worker ${workerName}`);
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error("workerd's inspector refuses a connection")));
    });
    return new HeapInspector(socket);
  }

  /** Collects garbage, then looks. */
  async use(): Promise<HeapUse> {
    await this.#ask("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = (await this.#ask("Runtime.getHeapUsage")) as {
      usedSize: number;
      backingStorageSize: number;
    };
    return { usedMb: usedSize / MB, backingMb: backingStorageSize / MB };
  }

  close(): void {
    this.#socket.close();
  }

  #ask(method: string): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method }));
    });
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
