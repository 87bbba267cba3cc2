/** The fields of an answer's head, as `fetch`'s `Headers` shows them; a request of ours pays for none of those. */
export class AnswerHeaders implements Iterable<[name: string, value: string]> {
  readonly #values = new Map<string, string[]>();

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const values = this.#values.get(key);
    if (values) values.push(value);
    else this.#values.set(key, [value]);
  }

  /** More of the value that was appended last under this name. */
  goOn(name: string, more: string): void {
    const values = this.#values.get(name.toLowerCase());
    if (values) values.push(`${values.pop()} ${more}`.trim());
  }

  /** Repeated ones joined by a comma; null = there is none. `name`: in lower case. */
  get(name: string): string | null {
    return this.#values.get(name)?.join(", ") ?? null;
  }

  /** By name; each `Set-Cookie` alone, since a comma may stand in one. */
  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (const name of [...this.#values.keys()].sort()) {
      const values = this.#values.get(name) ?? [];
      if (name === "set-cookie") for (const value of values) yield [name, value];
      else yield [name, values.join(", ")];
    }
  }
}
