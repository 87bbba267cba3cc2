import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { Deadlines } from "../../src/deadlines.ts";
import type { Env } from "../../src/env.ts";
import { HandClock } from "../hand-clock.ts";

const never = () => new Promise<never>(() => {});

const statement = { bind: () => statement, all: never, raw: never, run: never, first: never };

/** A database that never answers. */
export const silentDatabase = { prepare: () => statement, batch: never } as unknown as D1Database;

/** Rings the alarm of an object that D1 never answers, until its handler is over: what it waits for ends by its time limits alone. */
export async function ringUnanswered(open: (silent: Env) => { alarm(): Promise<void> }): Promise<void> {
  const clock = new HandClock();
  const limits = vi.spyOn(Deadlines, "ofObject").mockImplementation(() => new Deadlines(clock));
  const object = open({ ...env, DB: silentDatabase });
  limits.mockRestore();
  let isOver = false;
  const ringing = object.alarm().finally(() => {
    isOver = true;
  });
  for (let waits = 0; !isOver; waits++) {
    if (waits === 100) throw new Error("it waits for what is never answered");
    await new Promise((resolve) => setTimeout(resolve, 0));
    clock.pass(10_000);
  }
  await ringing;
}
