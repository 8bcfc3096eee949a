import type { Answer, Catalogue, Happenings, InRelease, Judged, Life, Matrix, Options } from "policy";

/** What the page asks of the worker. All but the first two are about the text that was checked last. */
export interface Questions {
  catalogue: { ask: Record<string, never>; answer: Catalogue & { digest: string } };
  check: { ask: { text: string; options: Options }; answer: Checked };
  consequences: { ask: { index: number; release: string; happenings: Happenings }; answer: Consequence[][] };
  releases: { ask: { index: number; happenings: Happenings }; answer: InRelease[] };
  life: { ask: { index: number; release: string; happenings: Happenings }; answer: Life };
  matrix: { ask: { index: number }; answer: Matrix };
  objects: { ask: { index: number }; answer: { object: object | null; oldObject: object | null } };
}

export type Topic = keyof Questions;

/** An answer without the objects, which stay in the worker. */
export interface Checked extends Omit<Answer, "documents"> {
  documents: Document[];
  /** How long the check took, in milliseconds. */
  milliseconds: number;
}

export type Document = Omit<Judged, "object">;

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
