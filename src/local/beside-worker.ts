import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "./node-http.ts";
import type { WorkerdService } from "./workerd-config.ts";

/** Answers a request of the Worker's. What it throws is answered with 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Names the binding that was called, behind a secret. workerd sets it, whatever the request had. */
const HEADER = "Atlas-Binding";

/**
 * Serves what the Worker asks of this process: its bindings to the disk, to names, to the files of the dashboard. It
 * listens on loopback, where other programs could call it, too: without the secret they are answered 403.
 */
export class BesideWorker {
  /** The services for workerd's configuration, by the names of their bindings. */
  readonly services: Readonly<Record<string, WorkerdService>>;
  readonly #server: Server;

  private constructor(server: Server, services: Record<string, WorkerdService>) {
    this.#server = server;
    this.services = services;
  }

  /** @param handlers by the names of their bindings */
  static async listen(handlers: Readonly<Record<string, Handler>>): Promise<BesideWorker> {
    const secret = randomBytes(32).toString("base64url");
    const called = new Map(Object.entries(handlers).map(([name, handle]) => [`${secret}/${name}`, handle]));
    const server = createServer((request, response) => {
      const handle = called.get(String(request.headers[HEADER.toLowerCase()]));
      if (handle === undefined) {
        response.writeHead(403).end();
        return;
      }
      handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    });
    // workerd closes what it does not use; a close from here could meet its next request.
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const services = Object.keys(handlers).map((name): [string, WorkerdService] => {
      const injectRequestHeaders = [{ name: HEADER, value: `${secret}/${name}` }];
      return [name, { name: `beside:${name}`, external: { address, http: { injectRequestHeaders } } }];
    });
    return new BesideWorker(server, Object.fromEntries(services));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
