import { type LinkPort, type OpenSession, SenderLink } from "./sender-link.ts";

export interface SendersPort extends Pick<LinkPort, "deadlines" | "nowMs"> {
  /** How many there may be now. */
  most(): number;
  /** Connections that each of them has. */
  slotsEach: number;
  /** Begins a session with one of them, counted from 1; `isFurther`: what the one before it makes goes on. */
  open(number: number, isFurther: boolean): Promise<OpenSession>;
  nameOf(number: number): string;
}

/** The senders of one endpoint, as its object sees them. The first ones are used first, so that the others can sleep. */
export class Senders {
  readonly #port: SendersPort;
  readonly #links: SenderLink[] = [];
  #busy = 0;

  constructor(port: SendersPort) {
    this.#port = port;
  }

  /** Attempts that have a connection of one of them. */
  get busy(): number {
    return this.#busy;
  }

  /** Connections of all there may be. */
  get capacity(): number {
    return this.#port.most() * this.#port.slotsEach;
  }

  /** Whether an attempt may go by one of them at once. */
  get isFree(): boolean {
    return this.#free() !== undefined;
  }

  /** Begins sessions with as many again as have one, and with one more; calls `onOpen` for each. */
  open(onOpen: () => void): void {
    const some = this.#some();
    const count = some.filter(({ isBegun }) => isBegun).length + 1;
    for (const link of some.filter(({ mayOpen }) => mayOpen).slice(0, count)) void link.open(onOpen);
  }

  /** Takes a connection that is free. */
  take(): SenderLink {
    const link = this.#free();
    if (!link) throw new Error("no sender has a connection left");
    link.busy++;
    this.#busy++;
    return link;
  }

  release(link: SenderLink): void {
    link.busy--;
    this.#busy--;
    if (link.busy === 0 && link.isSpent) link.close();
  }

  /** Lets go of the sessions: nothing is under way. */
  rest(): void {
    for (const link of this.#links) link.close();
  }

  #free(): SenderLink | undefined {
    const most = this.#port.most();
    const isFree = (link: SenderLink, place: number) =>
      place < most && link.isUsable && link.busy < this.#port.slotsEach;
    return this.#links.find(isFree);
  }

  /** The senders that there may be. */
  #some(): SenderLink[] {
    const { deadlines, nowMs, nameOf, open } = this.#port;
    for (let number = this.#links.length + 1; number <= this.#port.most(); number++)
      this.#links.push(
        new SenderLink({
          ...{ deadlines, nowMs, name: nameOf(number) },
          open: (isFurther) => open(number, isFurther),
        }),
      );
    return this.#links.slice(0, this.#port.most());
  }
}
