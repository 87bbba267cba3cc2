/** What it costs, as D1 tells it. */
interface Meta {
  rows_read: number;
  rows_written: number;
  changes: number;
}

interface Answer {
  results: Record<string, unknown>[];
  success: true;
  meta: Meta;
}

type Way = "all" | "raw" | "batch";

/**
 * D1 in another process (`d1-process.ts`): the surface that Drizzle uses, and no more.
 * @param read called with the rows that each statement read
 */
export function distantDatabase(url: string, way: Fetcher, read: (rows: number) => void): D1Database {
  const ask = async (how: Way, statements: Statement[]): Promise<unknown> => {
    const body = JSON.stringify({ statements, way: how });
    const response = await way.fetch(url, { method: "POST", body });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  return new Database(ask, read) as unknown as D1Database;
}

type Ask = (way: Way, statements: Statement[]) => Promise<unknown>;

class Database {
  readonly #ask: Ask;
  readonly #read: (rows: number) => void;

  constructor(ask: Ask, read: (rows: number) => void) {
    this.#ask = ask;
    this.#read = read;
  }

  prepare(query: string): Statement {
    return new Statement(this, query, []);
  }

  async batch(statements: Statement[]): Promise<Answer[]> {
    const answers = (await this.#ask("batch", statements)) as Answer[];
    for (const { meta } of answers) this.#read(meta.rows_read);
    return answers;
  }

  async all(statement: Statement): Promise<Answer> {
    const answer = (await this.#ask("all", [statement])) as Answer;
    this.#read(answer.meta.rows_read);
    return answer;
  }

  async raw(statement: Statement): Promise<unknown[][]> {
    const { rows, meta } = (await this.#ask("raw", [statement])) as { rows: unknown[][]; meta: Meta };
    this.#read(meta.rows_read);
    return rows;
  }
}

class Statement {
  readonly #database: Database;
  readonly query: string;
  readonly values: readonly unknown[];

  constructor(database: Database, query: string, values: readonly unknown[]) {
    this.#database = database;
    this.query = query;
    this.values = values;
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.#database, this.query, values);
  }

  all(): Promise<Answer> {
    return this.#database.all(this);
  }

  run(): Promise<Answer> {
    return this.all();
  }

  raw(): Promise<unknown[][]> {
    return this.#database.raw(this);
  }

  async first(column?: string): Promise<unknown> {
    const row = (await this.all()).results[0] ?? null;
    return column === undefined || row === null ? row : row[column];
  }
}
