import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { toSqlite } from "./disk.ts";
import type { Faults } from "./faults.ts";
import { outputGate } from "./life.ts";
import type { World } from "./world.ts";

type Row = Record<string, unknown>;

interface Answer {
  results: Row[];
  success: true;
  meta: { changes: number; rows_written: number };
}

const MIGRATIONS = join(import.meta.dirname, "../../migrations");

/** D1 with the project's migrations, with latency and its transient errors. */
export class Database {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #database = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
    for (const file of readdirSync(MIGRATIONS)
      .filter((name) => name.endsWith(".sql"))
      .sort())
      for (const statement of readFileSync(join(MIGRATIONS, file), "utf8").split("--> statement-breakpoint"))
        this.#database.exec(statement);
  }

  get binding(): D1Database {
    // The surface that Drizzle uses, and no more: what is missing fails where it is called.
    return this as unknown as D1Database;
  }

  /** For verdicts: at once, without faults. */
  rows(query: string, ...given: unknown[]): Row[] {
    return this.#database.prepare(query).all(...given.map(toSqlite)) as Row[];
  }

  prepare(query: string): Prepared {
    return new Prepared(this, query, []);
  }

  async batch(statements: Prepared[]): Promise<Answer[]> {
    return this.#travel(() => {
      this.#database.exec("BEGIN");
      try {
        const answers = statements.map(({ query, given }) => this.#answer(query, given));
        this.#database.exec("COMMIT");
        return answers;
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  run(query: string, given: unknown[]): Promise<Answer> {
    return this.#travel(() => this.#answer(query, given));
  }

  /** Rows as lists: two tables of a join may have columns of one name. */
  raw(query: string, given: unknown[]): Promise<unknown[][]> {
    return this.#travel(() => {
      const statement = this.#database.prepare(query);
      statement.setReturnArrays(true);
      return statement.all(...given.map(toSqlite)) as unknown as unknown[][];
    });
  }

  #answer(query: string, given: unknown[]): Answer {
    let statement = this.#statements.get(query);
    if (!statement) {
      statement = this.#database.prepare(query);
      this.#statements.set(query, statement);
    }
    try {
      const results = statement.all(...given.map(toSqlite)) as Row[];
      const { changes } = this.#database.prepare("SELECT changes() AS changes").get() as { changes: number };
      return { results, success: true, meta: { changes, rows_written: changes } };
    } catch (error) {
      throw new Error(`D1_ERROR: ${(error as Error).message}: SQLITE_ERROR`);
    }
  }

  async #travel<T>(act: () => T): Promise<T> {
    await outputGate();
    await this.#world.sleep(this.#world.chance.between(0.5, 3));
    this.#faults.count("D1 query");
    if (this.#faults.happens("d1Before", "D1 fails before a query"))
      throw new Error("D1_ERROR: Network connection lost.");
    const answer = act();
    if (this.#faults.happens("d1After", "D1 fails after a query"))
      throw new Error("D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.");
    return answer;
  }
}

/** A statement with its values. */
class Prepared {
  readonly #database: Database;
  readonly query: string;
  readonly given: unknown[];

  constructor(database: Database, query: string, given: unknown[]) {
    this.#database = database;
    this.query = query;
    this.given = given;
  }

  bind(...given: unknown[]): Prepared {
    return new Prepared(this.#database, this.query, given);
  }

  all(): Promise<Answer> {
    return this.#database.run(this.query, this.given);
  }

  run(): Promise<Answer> {
    return this.all();
  }

  raw(): Promise<unknown[][]> {
    return this.#database.raw(this.query, this.given);
  }

  async first(column?: string): Promise<unknown> {
    const row = (await this.all()).results[0] ?? null;
    return column === undefined || row === null ? row : row[column];
  }
}
