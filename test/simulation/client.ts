import type { Answer, Call, Service } from "./simulated-service.ts";

const RETRY_MS = 200;
const GIVE_UP_MS = 3 * 3_600_000;

/** Without faults an answer that asks for patience is soon followed by another. */
const GIVE_UP_IN_CALM_MS = 5 * 60_000;

export interface Asked extends Call {
  /** Answers that end it. */
  until: readonly number[];
}

/** A careful client: what is not acknowledged is asked for again. Notes answers that nobody should ever get. */
export class Client {
  readonly #service: Service;
  readonly surprises: string[] = [];

  constructor(service: Service) {
    this.#service = service;
  }

  /** Asks once. */
  async ask(call: Call): Promise<Answer> {
    const answer = await this.#service.request(call);
    const told = () => `${call.method} ${call.path}: ${answer?.status} ${JSON.stringify(answer?.body)}`;
    if (answer?.status === 500) this.surprises.push(told());
    if (answer?.status === 503 && !(Number(answer.retryAfter) > 0))
      this.surprises.push(`${told()} without Retry-After`);
    if (/(?:header|bearer)-secret/.test(JSON.stringify(answer?.body ?? null)))
      this.surprises.push(`${told()} shows a secret`);
    return answer;
  }

  /** Asks until one of the statuses is answered; what was lost, and what says so, is asked again. */
  async insist({ until, ...call }: Asked): Promise<NonNullable<Answer>> {
    const { world } = this.#service;
    const giveUpAt = world.elapsedMs + (this.#service.faults.areOver ? GIVE_UP_IN_CALM_MS : GIVE_UP_MS);
    let answer: Answer = null;
    while (world.elapsedMs < giveUpAt) {
      answer = await this.ask(call);
      if (answer && until.includes(answer.status)) return answer;
      const isToBeRepeated =
        !answer ||
        answer.status >= 500 ||
        answer.status === 429 ||
        ["in_progress", "write_conflict"].includes(String(answer.body.code));
      if (!isToBeRepeated) break;
      await world.sleep(RETRY_MS);
    }
    throw new Error(`${call.method} ${call.path} was answered ${JSON.stringify(answer)}`);
  }

  /** Notes it as a surprise if a key still publishes. */
  async expectRefused(key: string, which: string): Promise<void> {
    const body = { type: "deal.created", data: {} };
    const publish = { method: "POST", path: "/v1/events", key, body, until: [401, 202] };
    const { status } = await this.insist(publish);
    if (status !== 401) this.surprises.push(`a key ${which} published: ${status}`);
  }

  /** All pages of a list, in the order in which they come. */
  async list<Row>(
    path: string,
    key: string,
    pages: (body: Record<string, unknown>) => void = () => {},
  ): Promise<Row[]> {
    const rows: Row[] = [];
    let cursor: unknown = null;
    do {
      const from: string =
        cursor === null
          ? ""
          : `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(String(cursor))}`;
      const { body } = await this.insist({ method: "GET", path: path + from, key, until: [200] });
      rows.push(...(body.data as Row[]));
      pages(body);
      cursor = body.next_cursor;
    } while (cursor !== null);
    return rows;
  }
}
