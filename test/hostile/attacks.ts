import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Json } from "../e2e/client.ts";
import { EndlessReceivers } from "../e2e/endless-receivers.ts";
import { eventually } from "../e2e/eventually.ts";
import { failed, ok } from "../e2e/receiver.ts";
import type { Attacker } from "./attacker.ts";

/** Something that one workspace does, and that must cost the others nothing. */
export interface Attack {
  name: string;
  /** What it needs; not measured. */
  prepare?(attacker: Attacker): Promise<void>;
  /** Goes on while it may; returns how much of it came through. */
  run(attacker: Attacker, mayGoOn: () => boolean): Promise<number>;
  /** How much of it makes it an attack, in so many seconds. */
  least(seconds: number): number;
  /** What the next one must not find. */
  clear?(attacker: Attacker): Promise<void>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const event = (type: string, data: string, more = "") => `{"type":"${type}","data":${data}${more}}`;

/** An endpoint's schema of one type, and the `data` that costs most to hold against it. */
const SCHEMAS: { schema: Json; data: string }[] = [
  {
    schema: { properties: { l: { items: { enum: Array.from({ length: 2400 }, (_, n) => `value-${n}`) } } } },
    data: `{"l":[${"1,".repeat(60_000)}1]}`,
  },
  {
    schema: { properties: { l: { items: { anyOf: Array.from({ length: 28 }, (_, n) => ({ const: n })) } } } },
    data: `{"l":[${'"x",'.repeat(180_000)}1]}`,
  },
  {
    schema: { propertyNames: { maxLength: 3 }, additionalProperties: { type: "string" } },
    data: `{${Array.from({ length: 40_000 }, (_, n) => `"key-${n}":1`).join(",")},"\\ud800":1}`,
  },
  {
    schema: {
      required: ["a"],
      properties: { l: { items: { oneOf: [{ type: "string" }, { type: "null" }] } } },
    },
    data: `{"l":[${"1,".repeat(400_000)}1]}`,
  },
];

/** Events of 1 KB whose values each equal the last of 28 constants: a small body, and long to check. */
const SMALL_BOMBS = `{"events":[${Array.from({ length: 60 }, () => event("bomb.1", `{"l":[${"27,".repeat(330)}27]}`)).join(",")}]}`;

/** The 65 patterns that take a type of 64 segments: each prefix of it, and `*`. */
const LONG_TYPE = Array.from({ length: 64 }, (_, n) => String.fromCharCode(97 + (n % 26))).join(".");
const PATTERNS = [
  "*",
  ...Array.from(
    { length: 63 },
    (_, n) =>
      `${LONG_TYPE.split(".")
        .slice(0, n + 1)
        .join(".")}.*`,
  ),
  LONG_TYPE,
];

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** How many endpoints fail, and how many in a run that has little time: to make and delete them takes most of it. */
const FAILING = 400;
const FEW_FAILING = 120;

/** Connections that send nothing: more than the process may have files open. */
const IDLE = 1100;

/** Events go to receivers whose answers have no end, six at a time to each. */
function answersWithoutEnd(): Attack {
  let receivers: EndlessReceivers;
  return {
    name: "answers without end",
    async prepare(attacker) {
      receivers = await EndlessReceivers.start();
      for (const { url } of receivers.all)
        await attacker.send("POST", "/v1/endpoints", {
          ...{ url, types: ["endless.event"], timeout: 2 },
          retry: { delays: [0.1, 0.1], jitter: 0 },
        });
    },
    async run(attacker, mayGoOn) {
      const before = receivers.connections;
      await attacker.flood(1, mayGoOn, async () => {
        await attacker.send("POST", "/v1/events", event("endless.event", "{}"));
        // Some 450 attempts in a second where there is a core for them: more than fill the thread.
        await wait(75);
      });
      return receivers.connections - before;
    },
    least: (seconds) => 40 * seconds,
    async clear(attacker) {
      await attacker.deleteEndpoints();
      receivers.stop();
    },
  };
}

export const attacks = (isShort: boolean): Attack[] => [
  {
    name: "filters",
    prepare: (attacker) =>
      attacker.makeEndpoints(20, { types: PATTERNS, filter: 'data.s.lowerAscii() == "x"' }),
    run: (attacker, mayGoOn) => {
      const body = event(LONG_TYPE, `{"s":"${"a".repeat(80 * KIB)}"}`);
      return attacker.flood(4, mayGoOn, () => attacker.send("POST", "/v1/events", body));
    },
    least: (seconds) => 15 * seconds,
    clear: (attacker) => attacker.deleteEndpoints(),
  },
  {
    name: "nested bodies",
    run: (attacker, mayGoOn) => {
      const fields = ["url", "types", "headers", "auth", "retry", "metadata", "context", "of_no_such_name"];
      return attacker.flood(4, mayGoOn, async (turn) => {
        const field = fields[turn % fields.length];
        const url = attacker.receiver.url;
        await attacker.send("POST", "/v1/endpoints", `{"url":"${url}","${field}":${nested(5000)}}`);
        await attacker.send(
          "POST",
          "/v1/event-types",
          `{"type":"deep.${turn}","category":"Deep","description":"Deep.","sample":{"a":${nested(16_000)}}}`,
        );
        await attacker.send("POST", "/v1/events", event("deep.event", `{"a":${nested(200_000)}}`));
      });
    },
    least: (seconds) => 10 * seconds,
  },
  {
    name: "receivers that fail",
    async prepare(attacker) {
      attacker.receiver.answer = () => failed;
      await attacker.makeEndpoints(isShort ? FEW_FAILING : FAILING, { types: ["doomed.event"] });
    },
    /** What comes through are attempts. */
    async run(attacker, mayGoOn) {
      const before = attacker.receiver.requests.length;
      await attacker.flood(1, mayGoOn, async () => {
        await attacker.send("POST", "/v1/events", event("doomed.event", "{}"));
        await wait(5000);
      });
      return attacker.receiver.requests.length - before;
    },
    least: () => (isShort ? FEW_FAILING : FAILING),
    async clear(attacker) {
      attacker.receiver.answer = () => ok;
      await attacker.deleteEndpoints();
    },
  },
  answersWithoutEnd(),
  {
    name: "idle connections",
    async run(attacker, mayGoOn) {
      const { hostname, port } = new URL(attacker.url);
      const sockets: Socket[] = [];
      let connected = 0;
      for (let n = 0; n < IDLE && mayGoOn(); n++) {
        const socket = connect(Number(port), hostname, () => connected++);
        socket.on("error", () => {});
        sockets.push(socket);
        if (n % 50 === 0) await wait(10);
      }
      while (mayGoOn()) await wait(100);
      for (const socket of sockets) socket.destroy();
      return connected;
    },
    least: () => 0.9 * IDLE,
  },
  {
    name: "large batches",
    run: (attacker, mayGoOn) => {
      const batchOf = (bytes: number) => {
        const each = event("large.event", `{"s":"${"b".repeat(900 * KIB)}"}`);
        return `{"events":[${Array.from({ length: Math.floor(bytes / each.length) }, () => each).join(",")}]}`;
      };
      const bodies = [batchOf(15 * MIB), batchOf(8 * MIB - KIB)];
      return attacker.flood(8, mayGoOn, (turn) =>
        attacker.send("POST", "/v1/events/batch", bodies[turn % 2]),
      );
    },
    least: (seconds) => 3 * seconds,
  },
  {
    name: "changes and documents",
    prepare: (attacker) => attacker.makeEndpoints(3, { types: ["never.event"] }),
    async run(attacker, mayGoOn) {
      const page = await attacker.send("GET", "/v1/endpoints");
      const ids = ((page?.data ?? []) as { id: string }[]).map(({ id }) => id);
      const perSecond = async (rate: number, send: (turn: number) => Promise<unknown>) => {
        const sent: Promise<unknown>[] = [];
        for (let turn = 0; mayGoOn(); turn++) {
          sent.push(send(turn));
          await wait(1000 / rate);
        }
        await Promise.all(sent);
        return sent.length;
      };
      const [changes, documents] = await Promise.all([
        perSecond(30, (turn) =>
          attacker.send("PATCH", `/v1/endpoints/${ids[turn % ids.length]}`, {
            description: `change ${turn}`,
          }),
        ),
        perSecond(67, (turn) => attacker.send("GET", turn % 2 === 0 ? "/docs" : "/openapi.json")),
      ]);
      return changes + documents;
    },
    least: (seconds) => 0.7 * (30 + 67) * seconds,
    clear: (attacker) => attacker.deleteEndpoints(),
  },
  // The last one: what it sets would refuse the events of the others.
  {
    name: "schemas",
    async prepare(attacker) {
      for (const [n, { schema }] of SCHEMAS.entries())
        await attacker.send("PUT", `/v1/event-types/bomb.${n}`, {
          ...{ category: "Bombs", description: "A bomb." },
          sample: {},
          schema,
        });
      await attacker.send("PATCH", "/v1/workspace", { validate_events: true });
      // An isolate sees it within 10 s.
      const refused = async () => {
        const answer = await attacker.send("POST", "/v1/events", event("no.such", "{}"));
        return answer?.status === 422;
      };
      await eventually("validation", refused);
    },
    async run(attacker, mayGoOn) {
      const large = attacker.flood(4, mayGoOn, (turn) => {
        const n = turn % (SCHEMAS.length + 1);
        const bomb = SCHEMAS[n];
        return attacker.send(
          "POST",
          "/v1/events",
          bomb ? event(`bomb.${n}`, bomb.data) : event("bomb.0", "{}", `,"tags":[${"1,".repeat(500_000)}1]`),
        );
      });
      const small = attacker.flood(4, mayGoOn, () => attacker.send("POST", "/v1/events/batch", SMALL_BOMBS));
      const [bombs, batches] = await Promise.all([large, small]);
      return bombs + batches;
    },
    least: (seconds) => 10 * seconds,
  },
];
