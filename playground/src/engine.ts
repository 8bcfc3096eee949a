import type { Questions, Topic } from "./protocol.ts";

interface Waiting {
  make: () => unknown;
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}

/**
 * The policy, in a worker of its own. It answers one question after the other;
 * of those that wait only the newest of each topic is ever asked.
 */
export class Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<Topic, Waiting>();
  #asked: Waiting | undefined;
  /** Why nothing is answered any more. */
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
      this.#failure = new Error("The worker that judges cannot be started. Load the page again.");
      for (const { reject } of [this.#asked, ...this.#waiting.values()].filter((open) => !!open)) reject(this.#failure);
      this.#asked = undefined;
      this.#waiting.clear();
    });
  }

  /**
   * Asks a question, which is made when its turn comes. The promise stays open
   * for ever if a newer question of the same topic comes before that. It is
   * rejected if the question cannot be answered, or none can.
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
