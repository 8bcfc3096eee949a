import type { Answer, Catalogue, SimulationOptions, InRelease, Judged, Trace, Matrix, Options } from "policy";

/** The questions of the page to the worker. All but the first three are about the text checked last. */
export interface Questions {
  catalogue: { ask: Record<string, never>; answer: Catalogue & { digest: string } };
  check: { ask: { text: string; options: Options }; answer: Checked };
  /** The settings with another release; null if their text does not allow it. */
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

/** The objects that were judged. */
export interface Objects {
  object: object | null;
  oldObject: object | null;
  /** The request as written, if it is one. */
  envelope: { request: object; settings?: object } | null;
}

/** The result of applying a fix. */
export interface Consequence {
  allowed: boolean;
  /** The rules of the remaining findings. */
  left: string[];
  /** How the job would end; blank if it cannot be simulated. */
  says: string;
  /** The changed lines. */
  removed: string[];
  added: string[];
}
