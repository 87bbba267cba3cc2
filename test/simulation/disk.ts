import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Faults } from "./faults.ts";
import { type Life, LifeOver } from "./life.ts";
import type { World } from "./world.ts";

type Row = Record<string, SqlStorageValue>;

/**
 * What an object has on disk, which outlives its lives. Writes are coalesced: from the first one on they lie in one open
 * transaction until it is committed, a moment later; a reset before that takes all of them back, the alarm with them.
 * Whatever the object sends meanwhile waits for the commit (`durable`): the output gate.
 */
export class Disk {
  readonly name: string;
  readonly #world: World;
  readonly #faults: Faults;
  #database = new DatabaseSync(":memory:");
  #statements = new Map<string, StatementSync>();
  #alarm: number | null = null;
  #committedAlarm: number | null = null;
  #group: { durable: Promise<void>; commit: () => void; cause: string } | null = null;
  #depth = 0;
  rowsWritten = 0;
  alarmsSet = 0;
  /** Told each time an alarm is on disk. */
  onAlarm: (time: number | null) => void = () => {};
  /** Told before and after each commit; the object may be reset by it. */
  onCommit: (when: "before" | "after", cause: string) => void = () => {};

  constructor(name: string, world: World, faults: Faults) {
    this.name = name;
    this.#world = world;
    this.#faults = faults;
  }

  get alarm(): number | null {
    return this.#alarm;
  }

  /** Resolves once all that was written is on disk. */
  get durable(): Promise<void> | null {
    return this.#group?.durable ?? null;
  }

  /** Takes back what is not on disk: what a reset does. */
  reset(): void {
    if (this.#group) this.#database.exec("ROLLBACK");
    this.#group = null;
    this.#depth = 0;
    this.#alarm = this.#committedAlarm;
  }

  /** The alarm rang: it is not set any more, on disk neither. */
  takeAlarm(): void {
    this.#alarm = null;
    this.#committedAlarm = null;
  }

  /** The storage as a life of the object sees it. */
  storageFor(life: Life): DurableObjectStorage {
    const alive = () => {
      if (life.isOver) throw new LifeOver();
    };
    const sql = {
      get databaseSize() {
        return 4096;
      },
      exec: (query: string, ...given: unknown[]) => {
        alive();
        return this.#exec(query, given, life);
      },
    };
    const storage = {
      sql,
      transactionSync: <T>(act: () => T): T => {
        alive();
        return this.#transaction(act, life);
      },
      getAlarm: async () => {
        alive();
        return this.#alarm;
      },
      setAlarm: async (time: number | Date) => {
        alive();
        this.#faults.count("setAlarm");
        this.alarmsSet++;
        this.#open(life.name);
        this.#alarm = Number(time);
      },
      deleteAlarm: async () => {
        alive();
        this.#open(life.name);
        this.#alarm = null;
      },
      deleteAll: async () => {
        alive();
        this.#commit();
        this.#database = new DatabaseSync(":memory:");
        this.#statements.clear();
        this.#alarm = null;
        this.#committedAlarm = null;
      },
      sync: async () => {
        alive();
        await this.durable;
      },
    };
    // The surface that the project uses, and no more: what is missing fails where it is called.
    return storage as unknown as DurableObjectStorage;
  }

  #exec(query: string, given: unknown[], life: Life): { toArray(): Row[] } {
    const isWrite = !/^\s*(?:SELECT|PRAGMA|WITH[\s\S]*?\)\s*SELECT)/i.test(query);
    if (isWrite) {
      this.#faults.beforeWrite(this.name);
      this.#open(life.name);
    }
    if (given.length === 0 && /;\s*\S/.test(query)) {
      this.#database.exec(query);
      return new Cursor([]);
    }
    let statement = this.#statements.get(query);
    if (!statement) {
      statement = this.#database.prepare(query);
      this.#statements.set(query, statement);
    }
    const rows = statement.all(...given.map(toSqlite)) as Row[];
    if (isWrite) this.rowsWritten++;
    return new Cursor(rows.map(fromSqlite));
  }

  #transaction<T>(act: () => T, life: Life): T {
    this.#open(life.name);
    const name = `level_${this.#depth++}`;
    const alarm = this.#alarm;
    this.#database.exec(`SAVEPOINT ${name}`);
    try {
      const result = act();
      this.#database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      if (!life.isOver) {
        this.#database.exec(`ROLLBACK TO ${name}`);
        this.#database.exec(`RELEASE ${name}`);
        this.#alarm = alarm;
      }
      throw error;
    } finally {
      this.#depth = Math.max(0, this.#depth - 1);
    }
  }

  #open(cause: string): void {
    if (this.#group) return;
    this.#database.exec("BEGIN");
    const { promise: durable, resolve } = Promise.withResolvers<void>();
    const group = { durable, commit: resolve, cause };
    this.#group = group;
    this.#world.at(this.#world.now + this.#faults.commitMs(), () => {
      if (this.#group !== group) return;
      this.onCommit("before", cause);
      if (this.#group !== group) return;
      this.#commit();
      this.onCommit("after", cause);
    });
  }

  #commit(): void {
    const group = this.#group;
    if (!group) return;
    this.#database.exec("COMMIT");
    this.#group = null;
    const hasMoved = this.#committedAlarm !== this.#alarm;
    this.#committedAlarm = this.#alarm;
    if (hasMoved) this.onAlarm(this.#alarm);
    group.commit();
  }
}

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

/** SQLite's values as workerd gives them: numbers, texts, null, and bytes as an ArrayBuffer. */
function fromSqlite(row: Row): Row {
  for (const [name, value] of Object.entries(row) as [string, unknown][]) {
    if (typeof value === "bigint") row[name] = Number(value);
    else if (value instanceof Uint8Array)
      row[name] = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer;
  }
  return row;
}

export function toSqlite(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === "boolean") return Number(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value as SQLInputValue;
}
