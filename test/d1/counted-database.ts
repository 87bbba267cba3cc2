/** A database that counts what is asked of it, each statement of a batch for itself. */
export function countedDatabase(database: D1Database): { database: D1Database; queries(): number } {
  let queries = 0;
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(of, name) {
        if (name === "bind") return (...values: unknown[]) => counted(of.bind(...values));
        if (name === "unwrapped") return of;
        const value: unknown = Reflect.get(of, name, of);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          queries++;
          return value.apply(of, given);
        };
      },
    });
  const proxy = new Proxy(database, {
    get(of, name) {
      if (name === "prepare") return (query: string) => counted(of.prepare(query));
      if (name === "batch")
        return (statements: D1PreparedStatement[]) => {
          queries += statements.length;
          return of.batch(statements.map((statement) => Reflect.get(statement, "unwrapped")));
        };
      return Reflect.get(of, name, of);
    },
  });
  return { database: proxy, queries: () => queries };
}
