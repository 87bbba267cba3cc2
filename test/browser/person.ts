import { setTimeout as wait } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";

/** How long somebody looks at what has appeared before they act on it, milliseconds. */
const LOOKS_FOR = 900;

/** Between two characters that somebody types, milliseconds. */
const TYPES_AT = 60;

/** Somebody at the page: looks, then presses or types, and waits for what they see. */
export class Person {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async presses(what: Locator): Promise<void> {
    await what.waitFor();
    await wait(LOOKS_FOR);
    await what.click();
  }

  async types(where: Locator, text: string): Promise<void> {
    await where.waitFor();
    await wait(LOOKS_FOR);
    await where.pressSequentially(text, { delay: TYPES_AT });
  }

  /** What is in the clipboard already. */
  async pastes(where: Locator, text: string): Promise<void> {
    await where.waitFor();
    await wait(LOOKS_FOR);
    await where.fill(text);
  }

  async sees(what: Locator): Promise<void> {
    await what.waitFor();
    await wait(LOOKS_FOR);
  }
}
