import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { textOf, toSqlite } from "./disk.ts";
import type { Faults } from "./faults.ts";
import { going } from "./life.ts";
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
  readonly #changes: StatementSync;
  /** Migrations that are yet to be applied, by their files. */
  #migrations = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith(".sql"))
    .sort();

  /** @param lastMigration the last one that an older version had; null = it is of this version */
  constructor(world: World, faults: Faults, lastMigration: string | null = null) {
    this.#world = world;
    this.#faults = faults;
    // Which row comes first is chance too.
    this.#database.function("random", { varargs: true }, () =>
      Math.floor((world.chance.next() - 0.5) * 2 ** 52),
    );
    this.#changes = this.#database.prepare("SELECT changes() AS changes");
    this.migrate(lastMigration ?? undefined);
  }

  /** Applies the migrations that are left, up to one of them. */
  migrate(last = this.#migrations.at(-1) ?? ""): void {
    const wanted = this.#migrations.filter((file) => file <= last);
    this.#migrations = this.#migrations.slice(wanted.length);
    for (const file of wanted)
      for (const statement of readFileSync(join(MIGRATIONS, file), "utf8").split("--> statement-breakpoint"))
        this.#database.exec(statement);
  }

  get binding(): D1Database {
    // The surface that Drizzle uses, and no more: what is missing fails where it is called.
    return this as unknown as D1Database;
  }

  /** All that is stored, as text. */
  dump(): string {
    const tables = this.#database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all() as Row[];
    return tables
      .flatMap(({ name }) => this.#database.prepare(`SELECT * FROM "${name}"`).all())
      .map((row) => textOf(row as Row))
      .join("\n");
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
    return this.#travel(() => this.#rows(query, given, true) as unknown as unknown[][]);
  }

  #answer(query: string, given: unknown[]): Answer {
    const results = this.#rows(query, given, false);
    const { changes } = this.#changes.get() as { changes: number };
    return { results, success: true, meta: { changes, rows_written: changes } };
  }

  #rows(query: string, given: unknown[], asLists: boolean): Row[] {
    const key = `${asLists} ${query}`;
    try {
      let statement = this.#statements.get(key);
      if (!statement) {
        statement = this.#database.prepare(query);
        statement.setReturnArrays(asLists);
        this.#statements.set(key, statement);
      }
      return statement.all(...given.map(toSqlite)) as Row[];
    } catch (error) {
      throw new Error(`D1_ERROR: ${(error as Error).message}: SQLITE_ERROR`);
    }
  }

  async #travel<T>(act: () => T): Promise<T> {
    return going(async () => {
      await this.#world.sleep(this.#faults.takes("D1", 3));
      if (this.#faults.happens("d1", "D1 fails before a query"))
        throw new Error("D1_ERROR: Network connection lost.");
      const answer = act();
      if (this.#faults.happens("d1", "D1 fails after a query"))
        throw new Error(
          "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
        );
      return answer;
    });
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
