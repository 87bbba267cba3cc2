/** What the endpoint's newest delivery has: there the log's position and the sums are stored. */
export interface Newest extends Record<string, SqlStorageValue> {
  /** 0 = there is no delivery yet. */
  sequence: number;
  log: number;
  log_position: number;
  fired_at: number;
  total_bytes: number;
  replays_total: number;
}

const NONE: Newest = { sequence: 0, log: 0, log_position: 0, fired_at: 0, total_bytes: 0, replays_total: 0 };

/** What the newest delivery has that is stored, whether it has a row of its own or lies in a run. */
export function newestOf(sql: SqlStorage): Newest {
  const rows = sql.exec<Newest>(
    `SELECT * FROM (SELECT sequence, log, log_position, fired_at, total_bytes, coalesce(replays_total, 0) AS replays_total
       FROM deliveries ORDER BY sequence DESC LIMIT 1)
     UNION ALL
     SELECT * FROM (SELECT last_sequence, log, log_position, fired_at, total_bytes, replays_total
       FROM runs ORDER BY last_sequence DESC LIMIT 1)
     ORDER BY sequence DESC LIMIT 1`,
  );
  return { ...(rows.toArray()[0] ?? NONE) };
}
