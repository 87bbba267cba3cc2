import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/*
 * The load generator and the receiver are processes of their own, so that neither waits for the other's event loop.
 * They are asked by messages: a name, an argument, an answer.
 */

/** What a child answers: each with one argument, by value. */
export type Answers = Record<string, (argument: never) => unknown>;

interface Question {
  id: number;
  name: string;
  argument: unknown;
}

interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

/** In the child: answers its parent's questions until that ends. */
export function answerParent(answers: Answers): void {
  process.on("message", async ({ id, name, argument }: Question) => {
    try {
      process.send?.({ id, value: await answers[name]?.(argument as never) } satisfies Answer);
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.stack : String(error) } satisfies Answer);
    }
  });
  process.on("disconnect", () => process.exit(0));
}

/** In the parent: a child process that runs a file of this folder. */
export class Child<A extends Answers> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  /** @param file relative to this folder */
  constructor(file: string) {
    this.#process = fork(join(import.meta.dirname, file), { serialization: "advanced" });
    this.#process.on("message", ({ id, value, error }: Answer) => {
      const question = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) question?.resolve(value as never);
      else question?.reject(new Error(error));
    });
    this.#process.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${file} ended with ${code}`));
    });
  }

  /** Throws what the child's answer threw. */
  ask<Name extends keyof A & string>(
    name: Name,
    argument: Parameters<A[Name]>[0],
  ): Promise<Awaited<ReturnType<A[Name]>>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, argument } satisfies Question);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  stop(): void {
    this.#process.kill();
  }
}
