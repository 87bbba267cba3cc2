/**
 * The table `logs`: where an endpoint is in each log, by the numbers that it gives them. That of the log whose batch came last is in
 * its newest delivery.
 */
export class LogPositions {
  readonly #sql: SqlStorage;
  /** The numbers of logs, by their ids, as far as they were asked for. */
  readonly #numbers = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The number of a log; null = it has none yet. */
  known(logId: string): number | null {
    const cached = this.#numbers.get(logId);
    if (cached !== undefined) return cached;
    const known = this.#sql
      .exec<{ number: number }>("SELECT number FROM logs WHERE id = ?", logId)
      .toArray()[0];
    if (known) this.#numbers.set(logId, known.number);
    return known?.number ?? null;
  }

  /** The number of a log, which gets one if it has none; part of the caller's transaction. */
  numberOf(logId: string): number {
    const known = this.known(logId);
    if (known !== null) return known;
    return this.#sql
      .exec<{ number: number }>("INSERT INTO logs (id, position) VALUES (?, 0) RETURNING number", logId)
      .one().number;
  }

  /** The id of the log with a number. */
  idOf(number: number): string {
    for (const [id, known] of this.#numbers) if (known === number) return id;
    const { id } = this.#sql.exec<{ id: string }>("SELECT id FROM logs WHERE number = ?", number).one();
    this.#numbers.set(id, number);
    return id;
  }

  /** All logs that have a number. */
  all(): { number: number; id: string }[] {
    return this.#sql.exec<{ number: number; id: string }>("SELECT number, id FROM logs").toArray();
  }

  /** Where it is in a log, as it was stored. */
  at(number: number): number {
    return this.#sql.exec<{ position: number }>("SELECT position FROM logs WHERE number = ?", number).one()
      .position;
  }

  /** Stores where it is in a log, which no newest delivery tells any more; part of the caller's transaction. */
  store(number: number, position: number): void {
    this.#sql.exec("UPDATE logs SET position = ? WHERE number = ?", position, number);
  }
}
