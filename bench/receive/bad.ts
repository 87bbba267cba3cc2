import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../../test/e2e/self-signed.ts";
import { answerParent } from "../child.ts";

/** How a receiver can be bad to its sender. */
export type Badness = "hangs" | "drips" | "is huge" | "closes" | "has a bad certificate";

const DRIP_MS = 1000;
const HUGE_BYTES = 1024 ** 3;
const CHUNK = Buffer.alloc(64 * 1024, "x");

const behaviours: Record<Badness, RequestListener> = {
  hangs: () => {},
  drips: (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), DRIP_MS);
    response.on("close", () => clearInterval(timer));
  },
  "is huge": (_, response) => {
    response.writeHead(200, { "content-length": HUGE_BYTES });
    fill(response, HUGE_BYTES);
  },
  closes: (request) => void request.socket.destroy(),
  "has a bad certificate": (_, response) => void response.end("ok"),
};

/** Writes as fast as it is taken. */
function fill(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const write = () => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return void response.once("drain", write);
    }
  };
  write();
}

const answers = {
  /** A new bad receiver; returns its URL. */
  open: (badness: Badness): Promise<string> => {
    const isTls = badness === "has a bad certificate";
    const server = isTls ? createTlsServer(selfSigned) : createServer();
    server.on("request", behaviours[badness]);
    server.on("tlsClientError", () => {});
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        resolve(`${isTls ? "https" : "http"}://127.0.0.1:${port}/`);
      });
    });
  },
};

export type BadReceiverAnswers = typeof answers;

answerParent(answers);
