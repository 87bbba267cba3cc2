import { LifeOver } from "./life.ts";

const stray: string[] = [];

/** From now on errors that nobody caught are kept to be judged; what dead lives leave behind is nobody's error. */
export function keepStrayErrors(): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      if (error instanceof LifeOver) return;
      stray.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  }
}

/** What nobody caught since it was last asked. */
export function takeStrayErrors(): string[] {
  return stray.splice(0);
}
