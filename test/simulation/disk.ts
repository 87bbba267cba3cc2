import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Faults, kindOf, WITH_ARTICLE } from "./faults.ts";
import { type Life, LifeOver } from "./life.ts";
import { stepOf, writeOf } from "./steps.ts";
import type { World } from "./world.ts";

export type Row = Record<string, SqlStorageValue>;

/** Writes that become durable together. */
interface Group {
  durable: Promise<void>;
  resolve: () => void;
  writes: Set<string>;
  /** The database before `deleteAll`, to go back to. */
  erased: Tables | null;
  /** Whether the alarm is among what it writes. */
  setsAlarm: boolean;
}

interface Tables {
  database: DatabaseSync;
  statements: Map<string, { statement: StatementSync; write: string | null }>;
}

const newTables = (): Tables => ({ database: new DatabaseSync(":memory:"), statements: new Map() });

/**
 * What an object has on disk, which outlives its lives. Writes are coalesced: from the first one on they lie in one open
 * transaction until it is committed, a moment later; a reset before that takes all of them back, the alarm with them.
 * Whatever the object sends meanwhile waits for the commit (`durable`): the output gate.
 */
export class Disk {
  readonly name: string;
  readonly #world: World;
  readonly #faults: Faults;
  #tables = newTables();
  #alarm: number | null = null;
  #committedAlarm: number | null = null;
  #group: Group | null = null;
  #depth = 0;
  alarmsSet = 0;
  /** Told each time an alarm is on disk. */
  onAlarm: () => void = () => {};
  /** Told before and after each commit, and after a write; the object may be reset by it. */
  onStep: (when: "before" | "after" | "at a write of", step: string) => void = () => {};

  constructor(name: string, world: World, faults: Faults) {
    this.name = name;
    this.#world = world;
    this.#faults = faults;
  }

  /** The alarm on disk, Unix milliseconds. */
  get alarm(): number | null {
    return this.#committedAlarm;
  }

  /** Resolves once all that was written is on disk; null = it is. */
  get durable(): Promise<void> | null {
    return this.#group?.durable ?? null;
  }

  /** Takes back what is not on disk: what a reset does. */
  reset(): void {
    const group = this.#group;
    if (group) {
      if (group.erased) this.#tables = group.erased;
      this.#tables.database.exec("ROLLBACK");
    }
    this.#group = null;
    this.#depth = 0;
    this.#alarm = this.#committedAlarm;
  }

  /** The alarm rang: it is not set any more, on disk neither; one that was set meanwhile and is not on disk yet stays. */
  takeAlarm(): void {
    if (!this.#group?.setsAlarm) this.#alarm = null;
    this.#committedAlarm = null;
  }

  /** All that is stored, as text: to look for what must not be there. */
  dump(): string {
    const { database } = this.#tables;
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as {
      name: string;
    }[];
    return tables
      .flatMap(({ name }) =>
        database
          .prepare(`SELECT * FROM "${name}"`)
          .all()
          .map((row) => textOf(row)),
      )
      .join("\n");
  }

  /** The storage as a life of the object sees it: the surface that the project uses, and no more. */
  storageFor(life: Life): DurableObjectStorage {
    const alive = <T>(act: () => T): T => {
      if (life.isOver) throw new LifeOver();
      return act();
    };
    const storage = {
      sql: {
        databaseSize: 4096,
        exec: (query: string, ...given: unknown[]) => alive(() => this.#exec(query, given)),
      },
      transactionSync: <T>(act: () => T): T => alive(() => this.#transaction(act, life)),
      getAlarm: async () => alive(() => this.#alarm),
      setAlarm: async (time: number | Date) =>
        alive(() => {
          this.alarmsSet++;
          this.#moveAlarm(Number(time));
        }),
      deleteAlarm: async () => alive(() => this.#moveAlarm(null)),
      deleteAll: async () => alive(() => this.#erase()),
      sync: async () => alive(() => this.durable),
    };
    return storage as unknown as DurableObjectStorage;
  }

  #exec(query: string, given: unknown[]): Cursor {
    if (given.length === 0 && /;\s*\S/.test(query)) {
      this.#open().writes.add("script");
      this.#tables.database.exec(query);
      return new Cursor([]);
    }
    const { statement, write } = this.#prepared(query);
    if (write !== null) {
      const { writes } = this.#open();
      if (this.#faults.happens("diskFull", `disk full in ${kindOf(this.name)}`))
        throw new Error("database or disk is full: SQLITE_FULL");
      writes.add(write);
    }
    const rows = statement.all(...given.map(toSqlite)) as Row[];
    if (write !== null) this.onStep("at a write of", this.#step);
    for (const row of rows) bytesToBuffers(row);
    return new Cursor(rows);
  }

  #prepared(query: string): { statement: StatementSync; write: string | null } {
    const { database, statements } = this.#tables;
    let prepared = statements.get(query);
    if (!prepared) {
      prepared = { statement: database.prepare(query), write: writeOf(query) };
      statements.set(query, prepared);
    }
    return prepared;
  }

  #transaction<T>(act: () => T, life: Life): T {
    this.#open();
    const { database } = this.#tables;
    const name = `level_${this.#depth++}`;
    const alarm = this.#alarm;
    database.exec(`SAVEPOINT ${name}`);
    try {
      const result = act();
      database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      if (!life.isOver) {
        database.exec(`ROLLBACK TO ${name}`);
        database.exec(`RELEASE ${name}`);
        this.#alarm = alarm;
      }
      throw error;
    } finally {
      this.#depth = Math.max(0, this.#depth - 1);
    }
  }

  #moveAlarm(time: number | null): void {
    this.#open().setsAlarm = true;
    this.#alarm = time;
  }

  #erase(): void {
    const group = this.#open();
    group.erased ??= this.#tables;
    group.writes.add("erase");
    this.#tables = newTables();
    this.#tables.database.exec("BEGIN");
    this.#moveAlarm(null);
  }

  get #step(): string {
    return stepOf(kindOf(this.name), this.#group?.writes ?? new Set());
  }

  /** The group that is open; a new one, committed in a moment, where none is. */
  #open(): Group {
    if (this.#group) return this.#group;
    this.#tables.database.exec("BEGIN");
    const { promise: durable, resolve } = Promise.withResolvers<void>();
    const group: Group = { durable, resolve, writes: new Set(), erased: null, setsAlarm: false };
    this.#group = group;
    this.#world.in(this.#faults.takes(`commit of ${WITH_ARTICLE[kindOf(this.name)]}`, 6), () => {
      if (this.#group !== group) return;
      const step = this.#step;
      this.onStep("before", step);
      if (this.#group !== group) return;
      this.#commit(group);
      this.onStep("after", step);
    });
    return group;
  }

  #commit(group: Group): void {
    this.#tables.database.exec("COMMIT");
    this.#group = null;
    const hasMoved = this.#committedAlarm !== this.#alarm;
    this.#committedAlarm = this.#alarm;
    if (hasMoved) this.onAlarm();
    group.resolve();
  }
}

/** What a statement gives, as workerd gives it. */
class Cursor {
  readonly #rows: Row[];

  constructor(rows: Row[]) {
    this.#rows = rows;
  }

  toArray(): Row[] {
    return this.#rows;
  }

  one(): Row {
    const [row] = this.#rows;
    if (row === undefined || this.#rows.length !== 1)
      throw new Error(`Expected exactly one result from SQL query, but got ${this.#rows.length}`);
    return row;
  }

  raw(): IterableIterator<SqlStorageValue[]> {
    return this.#rows.map((row) => Object.values(row)).values();
  }

  [Symbol.iterator](): IterableIterator<Row> {
    return this.#rows.values();
  }
}

/** Bytes are an ArrayBuffer in workerd. */
function bytesToBuffers(row: Row): void {
  for (const name in row) {
    const value: unknown = row[name];
    if (value instanceof Uint8Array) row[name] = Uint8Array.from(value).buffer as ArrayBuffer;
  }
}

export function toSqlite(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === "boolean") return Number(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value as SQLInputValue;
}

/** A row's values, bytes as Latin-1: what lies in them as text can be found. */
export function textOf(row: Record<string, unknown>): string {
  return Object.values(row)
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value)))
    .join(" ");
}
