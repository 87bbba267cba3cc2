/*
 * The table `replays`: the sequences of replays by the log position of their event. Changes are part of the caller's
 * transaction.
 */

/** Notes that a delivery is a replay of the event at a log position. */
export function insertReplay(sql: SqlStorage, position: number, sequence: number): void {
  sql.exec("INSERT INTO replays (position, sequence) VALUES (?, ?)", position, sequence);
}

/** The sequences of the replays of the event at a log position, rising. */
export function replaysOfEvent(sql: SqlStorage, position: number): number[] {
  return sql
    .exec<{ sequence: number }>("SELECT sequence FROM replays WHERE position = ? ORDER BY sequence", position)
    .toArray()
    .map(({ sequence }) => sequence);
}

/** The newest replay of one delivery of the event at a log position; null = it was not replayed. */
export function newestReplayOf(sql: SqlStorage, position: number, sequence: number): number | null {
  return sql
    .exec<{ newest: number | null }>(
      `SELECT max(replay.sequence) AS newest FROM replays JOIN deliveries AS replay ON replay.sequence = replays.sequence
       WHERE replays.position = ? AND replay.replay_of = ?`,
      position,
      sequence,
    )
    .one().newest;
}

/** Drops those of some deliveries, whose own rows are still there. */
export function deleteReplaysAmong(sql: SqlStorage, sequences: readonly number[]): void {
  sql.exec(
    `DELETE FROM replays WHERE (position, sequence) IN (SELECT position, sequence FROM deliveries
       WHERE sequence IN (SELECT value FROM json_each(?)) AND replay_of IS NOT NULL)`,
    JSON.stringify(sequences),
  );
}
