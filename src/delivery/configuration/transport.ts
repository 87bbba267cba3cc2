import type { Standstill } from "../../domain/waiting.ts";
import type { Tunnel } from "../attempt/tunnel.ts";
import type { Configuration } from "./configuration.ts";

/** Whether attempts can reach the receiver: one that is not called must come by itself. */
export class EndpointTransport {
  readonly tunnel: Tunnel;
  readonly #configuration: Configuration;

  constructor(configuration: Configuration, tunnel: Tunnel) {
    this.#configuration = configuration;
    this.tunnel = tunnel;
  }

  /** Whether attempts may start by themselves: what is fetched starts when it is, and what is listened to if somebody does. */
  get isReachable(): boolean {
    const { transport } = this.#configuration.current.policy;
    return transport === "http" || (transport === "listen" && this.tunnel.isOpen);
  }

  /** Who must come before anything is attempted; null = nobody. */
  get lacks(): Standstill["lacks"] {
    const { transport } = this.#configuration.current.policy;
    if (transport === "pull") return "puller";
    return transport === "listen" && this.tunnel.lacksListener ? "listener" : null;
  }
}
