import { LifeOver, outsideOfLives } from "./life.ts";

/** What dead lives leave behind is nobody's error; anything else ends the process, as it should. */
export function dropWhatLivesLeave(): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      if (error instanceof LifeOver) return;
      outsideOfLives(() => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(3);
      });
    });
  }
}
