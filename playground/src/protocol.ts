import type { Answer, Catalogue, SimulationOptions, InRelease, Judged, Trace, Matrix, Options } from "policy";

/** What the page asks of the worker. All but the first three are about the text that was checked last. */
export interface Questions {
  catalogue: { ask: Record<string, never>; answer: Catalogue & { digest: string } };
  check: { ask: { text: string; options: Options }; answer: Checked };
  /** The settings with another release; null where their text does not allow it. */
  withRelease: { ask: { settings: string; release: string }; answer: string | null };
  consequences: { ask: { index: number; release: string; simulation: SimulationOptions }; answer: Consequence[][] };
  releases: { ask: { index: number; simulation: SimulationOptions }; answer: InRelease[] };
  lifecycle: { ask: { index: number; release: string; simulation: SimulationOptions }; answer: Trace };
  matrix: { ask: { index: number }; answer: Matrix };
  objects: { ask: { index: number }; answer: Objects };
}

export type Topic = keyof Questions;

/** An answer without the objects, which stay in the worker. */
export interface Checked extends Omit<Answer, "documents"> {
  documents: Document[];
  /** How long the check took, in milliseconds. */
  milliseconds: number;
}

export type Document = Omit<Judged, keyof Objects>;

/** What was judged. */
export interface Objects {
  object: object | null;
  oldObject: object | null;
  /** The question that a request is, as it is written. */
  question: { request: object; settings?: object } | null;
}

/** What would be found if a fix were applied. */
export interface Consequence {
  allowed: boolean;
  /** The rules of what is left. */
  left: string[];
  /** How the life of the job would end; blank if that cannot be told. */
  says: string;
  /** The lines that change. */
  removed: string[];
  added: string[];
}
