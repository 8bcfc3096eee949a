import type { SimulationOptions, JobStatus } from "policy";
import { byId, h } from "./dom.ts";
import type { Document } from "./protocol.ts";

/** In seconds. */
const DAY = 86_400;

/** More attempts than anyone would read. */
const MANY = 10;

const OUTCOMES: Record<string, [label: string, outcomes: JobStatus[]]> = {
  "fails-once": ["fails once, then succeeds", ["FAILED", ...repeat<JobStatus>("SUCCEEDED")]],
  fails: ["fails every time, for example because a script is missing", repeat("FAILED")],
  succeeds: ["succeeds", repeat("SUCCEEDED")],
  stopped: ["is stopped by a user", repeat("STOPPED")],
  runs: ["runs forever", []],
};

const SUBMISSIONS: Record<string, string> = {
  first: "once",
  each: "whenever the job is Waiting",
  never: "never",
};

/** The controls for the simulated events. */
export class Choices {
  readonly #outcome = select("outcome", Object.entries(OUTCOMES).map(([value, [label]]) => [value, label]));
  readonly #submission = select("submission", Object.entries(SUBMISSIONS));
  readonly #givesUp = checkbox("gives-up");
  readonly #late = checkbox("late");
  readonly #suspend = checkbox("suspend");
  readonly #waits = checkbox("waits");
  readonly #submissionField = field("A user submits", this.#submission);
  readonly #givesUpField = check("The submitter gives up", this.#givesUp);
  readonly #lateField = check("Workers become ready after the job has ended", this.#late);

  constructor(onChange: () => void) {
    const form = byId<HTMLFormElement>("happenings");
    form.append(
      field("The application", this.#outcome),
      this.#submissionField,
      this.#givesUpField,
      this.#lateField,
      check("Suspend while running, then resume", this.#suspend),
      check("A day passes while nothing changes", this.#waits),
    );
    form.addEventListener("change", onChange);
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Shows the controls that apply to a document. */
  offer(document: Document): void {
    this.#submissionField.hidden = document.mode !== "InteractiveMode";
    this.#givesUpField.hidden = document.mode !== "K8sJobMode";
    this.#lateField.hidden = document.mode !== "SidecarMode";
  }

  /** Returns the chosen events for a document. */
  of(document: Document, settings: string): SimulationOptions {
    const [, outcomes] = OUTCOMES[this.#outcome.value]!;
    const suspends = this.#suspend.checked;
    const simulation: Required<SimulationOptions> = {
      settings,
      unchecked: false,
      outcomes: suspends ? ["RUNNING", ...outcomes] : outcomes,
      giveUp: this.#givesUp.checked && document.mode === "K8sJobMode" ? repeat(true) : [],
      lateWorkers: this.#late.checked && document.mode === "SidecarMode",
      events: [],
    };
    if (document.mode === "InteractiveMode") {
      const times = { first: 1, each: MANY, never: 0 }[this.#submission.value] ?? 0;
      for (let nth = 1; nth <= times; nth++) {
        simulation.events.push({ when: "Waiting", nth, action: { submit: `attempt-${nth}` } });
      }
    }
    if (suspends) {
      simulation.events.push({ when: "Running", nth: 1, action: "suspend" }, { when: "Suspended", nth: 1, action: "resume" });
    }
    const waitsIn = this.#waits.checked ? ["Initializing", "Waiting", "Running"] : [];
    for (const when of [...waitsIn, "Complete", "Failed"]) {
      simulation.events.push({ when, nth: 1, action: { timePasses: DAY } });
    }
    return simulation;
  }
}

function repeat<T>(value: T): T[] {
  return Array.from({ length: MANY }, () => value);
}

function select(name: string, options: [value: string, label: string][]): HTMLSelectElement {
  return h("select", { name }, ...options.map(([value, label]) => h("option", { value }, label)));
}

function checkbox(name: string): HTMLInputElement {
  return h("input", { type: "checkbox", name });
}

function field(label: string, control: HTMLElement): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, label), control);
}

function check(label: string, control: HTMLElement): HTMLElement {
  return h("label", { class: "check" }, control, label);
}
