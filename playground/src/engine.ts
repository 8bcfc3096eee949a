import type { Questions, Topic } from "./protocol.ts";

interface Waiting {
  make: () => unknown;
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}

/**
 * The policy in its own worker. It answers one question at a time; of the waiting
 * questions only the newest of each topic is asked.
 */
export class Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<Topic, Waiting>();
  #asked: Waiting | undefined;
  /** The reason why no more questions are answered. */
  #failure: Error | undefined;

  constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => {
      const asked = this.#asked;
      this.#asked = undefined;
      if ("error" in data) asked?.reject(new Error(data.error));
      else asked?.resolve(data.answer as never);
      this.#next();
    });
    this.#worker.addEventListener("error", () => {
      this.#failure = new Error("The policy worker cannot be started. Reload the page.");
      for (const { reject } of [this.#asked, ...this.#waiting.values()].filter((open) => !!open)) reject(this.#failure);
      this.#asked = undefined;
      this.#waiting.clear();
    });
  }

  /**
   * Asks a question, which is built when its turn comes. If a newer question of
   * the same topic arrives first, the promise never settles. It is rejected if
   * this question, or any question, cannot be answered.
   */
  ask<T extends Topic>(topic: T, make: () => Questions[T]["ask"]): Promise<Questions[T]["answer"]> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.delete(topic);
      this.#waiting.set(topic, { make, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#asked) return;
    const [next] = this.#waiting;
    if (!next) return;
    const [topic, waiting] = next;
    this.#waiting.delete(topic);
    this.#asked = waiting;
    this.#worker.postMessage({ topic, ask: waiting.make() });
  }
}
