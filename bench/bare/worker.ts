import { DurableObject } from "cloudflare:workers";

/*
 * What the runtime does without us: the least that a service of this kind could consist of. Its figures stand beside
 * the service's own.
 */

interface Env {
  BARE: DurableObjectNamespace<Bare>;
  EGRESS: Fetcher;
}

export class Bare extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  }

  insert(body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO events (body) VALUES (?)", body);
  }

  /** Inserts, and sends it on after the answer. */
  relay(body: string, url: string): void {
    this.insert(body);
    this.ctx.waitUntil(this.#send(body, url));
  }

  /** Sends a body so many times, the next when the one before was answered, and with `records`: inserted. */
  async sendSerially(body: string, url: string, count: number, records: boolean): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.#send(body.replace('"n":0', `"n":${i}`), url);
      // The next fetch leaves only when this is on disk: the object's output gate.
      if (records) this.insert(body);
    }
  }

  async #send(body: string, url: string): Promise<void> {
    const response = await this.env.EGRESS.fetch(url, { method: "POST", body });
    await response.arrayBuffer();
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const to = url.searchParams.get("to") ?? "";
    const object = env.BARE.getByName("bare");
    const body = await request.text();
    if (url.pathname === "/insert") await object.insert(body);
    else if (url.pathname === "/relay") await object.relay(body, to);
    else
      await object.sendSerially(
        body,
        to,
        Number(url.searchParams.get("count")),
        url.searchParams.has("records"),
      );
    return new Response(null, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
