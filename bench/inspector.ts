/** workerd's inspector, asked about the isolate in which the Worker and all its objects live. */
export class Inspector {
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
  static async connect(port: number, workerName: string): Promise<Inspector> {
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
    return new Inspector(socket);
  }

  /** What a method of the DevTools protocol answers. */
  ask<Answer>(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#open.set(id, (result) => resolve(result as Answer));
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
