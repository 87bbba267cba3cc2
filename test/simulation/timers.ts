import type { Life } from "./life.ts";

export interface Timer {
  /** Milliseconds since the world's start. */
  time: number;
  order: number;
  ring: () => void;
  /** Whose timer it is: that of a life that has fallen silent does not ring. */
  life: Life | undefined;
  isCleared: boolean;
}

/** Timers, the earliest first; of those of one time the one that was set first. */
export class Timers {
  readonly #heap: Timer[] = [];
  #order = 0;

  get first(): Timer | undefined {
    return this.#heap[0];
  }

  set(time: number, life: Life | undefined, ring: () => void): Timer {
    const timer: Timer = { time, life, ring, order: this.#order++, isCleared: false };
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isEarlier(heap[parent] as Timer, timer)) break;
      [heap[parent], heap[at]] = [timer, heap[parent] as Timer];
      at = parent;
    }
    return timer;
  }

  takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isEarlier(heap[child] as Timer, heap[least] as Timer)) least = child;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Timer, last];
      at = least;
    }
  }
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
