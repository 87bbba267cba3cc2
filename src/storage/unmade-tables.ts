import { migrate, type SchemaStep, versionsIn } from "./schema.ts";

/** Reads nothing, and changes nothing, where there is nothing. */
const OF_NOTHING = /^\s*(SELECT|UPDATE|DELETE)\b/;

/** The part of a storage that holds tables. */
type TableStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** An object's tables, whether they are there yet or not. */
export interface Tables {
  sql: SqlStorage;
  /** Whether anything is stored. */
  readonly areMade: boolean;
}

/**
 * The tables of an object that writes none before it has something to store: the first insert makes them, in the transaction
 * that surrounds it. Until then what is read has no rows, an aggregate neither. On one machine tables are three fsyncs, in
 * front of all that the object sends; and one that is opened for nothing leaves nothing behind.
 * Tables that are there are brought up to the newest step. If the transaction that made them fails, the object must start anew.
 * @param mayMake whether tables may be made now; not once the object is erased
 */
export function tablesOf(
  storage: TableStorage,
  steps: readonly SchemaStep[],
  mayMake: () => boolean,
): Tables {
  const versions = versionsIn(storage.sql);
  if (versions === null) return new UnmadeTables(storage, steps, mayMake);
  migrate(storage, steps, versions);
  return { sql: storage.sql, areMade: true };
}

class UnmadeTables implements Tables {
  readonly #storage: TableStorage;
  readonly #steps: readonly SchemaStep[];
  readonly #mayMake: () => boolean;
  #areMade = false;
  readonly sql: SqlStorage;

  constructor(storage: TableStorage, steps: readonly SchemaStep[], mayMake: () => boolean) {
    this.#storage = storage;
    this.#steps = steps;
    this.#mayMake = mayMake;
    const real = storage.sql;
    const exec = (query: string, ...bindings: SqlStorageValue[]) => this.#exec(query, bindings);
    const surface: Pick<SqlStorage, "exec" | "databaseSize"> = {
      exec: exec as SqlStorage["exec"],
      get databaseSize() {
        return real.databaseSize;
      },
    };
    // Nothing else of it is used.
    this.sql = surface as SqlStorage;
  }

  get areMade(): boolean {
    return this.#areMade;
  }

  #exec(query: string, bindings: SqlStorageValue[]): unknown {
    if (!this.#areMade) {
      if (OF_NOTHING.test(query)) return NO_ROWS;
      this.#make();
    }
    return this.#storage.sql.exec(query, ...bindings);
  }

  #make(): void {
    if (!this.#mayMake()) throw new Error("what is erased stores nothing");
    migrate(this.#storage, this.#steps, null);
    this.#areMade = true;
  }
}

/** What a statement gives that finds no rows. */
const NO_ROWS = {
  toArray: (): never[] => [],
  one(): never {
    throw new Error("Expected exactly one result from SQL query, but there are no tables yet");
  },
  [Symbol.iterator]: (): Iterator<never> => [].values(),
};
