/** The options for judging a text. */
export interface Options {
  /** The settings of the policy, in YAML or JSON; blank for the defaults. */
  settings?: string;
  /** The stored objects, as manifests: objects among them are judged as an UPDATE. */
  stored?: string;
  /** The objects of the cluster, as kubectl prints them: what the objects need there, and what is in their way. */
  cluster?: string;
}

/** The result of judging a text. */
export interface Answer {
  /** The errors in the settings; if there are any, nothing was judged. */
  settings: string[];
  /** The KubeRay release from the settings; absent if they are invalid. */
  release?: string;
  documents: Judged[];
  /** The parts that cannot be read. */
  problems: Problem[];
  /** Notes: comments that silence nothing, placeholders, texts whose objects are not judged. */
  notes: Problem[];
  /** What the objects of the cluster do not tell. */
  cluster: string[];
}

/** An object or a request, and the policy's verdict on it. */
export interface Judged {
  kind: "RayJob" | "RayCronJob" | "RayCluster" | "RayService" | "";
  name: string;
  namespace: string;
  template?: string;
  isRequest: boolean;
  span: Span;
  findings: Finding[];
  /** The KubeRay release that it was judged for. */
  release: string;
  /** The object as kubectl sends it. */
  object: object | null;
  /** The stored object that it replaces; a request has its own. */
  oldObject: object | null;
  /** The request as JSON: an object with a `request` and, optionally, `settings`. */
  envelope: string | null;
  /** The `submissionMode`; empty if it is not a string, or if the object describes no job. */
  mode: string;
  response: Response;
  /** What each reader makes of the entrypoint, in order; empty if it arrives as it is written. */
  readings: Reading[];
}

/** What one reader of an entrypoint makes of it. */
export interface Reading {
  /** Who reads or writes: `bash in the submitter reads these words`. */
  title: string;
  /** What comes out, where the reader writes a text. */
  text: string | null;
  /** The words that a shell reads, and what it does with each. */
  words: [word: string, note: string | null][];
  /** What a shell does itself: redirections, and what follows the first command. */
  rest: string | null;
  /** Where a shell stops with an error. */
  error: string | null;
}

/** An AdmissionResponse of `admission.k8s.io/v1`. */
export interface Response {
  uid: string;
  allowed: boolean;
  status?: { code: number; message: string };
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

export type Level = "off" | "warn" | "deny";

export interface Finding {
  rule: string;
  level: Level;
  path: string;
  /** `path: detail; why. advice. [rule]` */
  message: string;
  /** Whether the stored object had it already. */
  stored: boolean;
  span: Span;
  fixes: Fix[];
  /** The reason given in the comment that silences it. */
  ignored?: string;
}

export interface Fix {
  title: string;
  /** Whether it preserves what the author evidently meant. */
  safe: boolean;
  /** Empty if the text does not allow the fix. */
  edits: TextEdit[];
  patch: object[] | null;
}

export interface TextEdit {
  span: Span;
  text: string;
}

export interface Problem {
  span: Span;
  message: string;
}

export interface Span {
  start: Position;
  end: Position;
}

export interface Position {
  /** In bytes, from 0. */
  offset: number;
  /** From 1. */
  line: number;
  /** In characters, from 1. */
  column: number;
  /** In UTF-16 units, from 0, as in JavaScript strings. */
  utf16: number;
  /** In UTF-16 units, from 1. */
  utf16Column: number;
}

/** The releases and rules that the module knows. */
export interface Catalogue {
  version: string;
  /** The KubeRay releases, oldest first. */
  releases: string[];
  families: { title: string; rules: Rule[] }[];
}

export interface Rule {
  id: string;
  /** The kinds of objects that it is about. */
  kinds: string[];
  releases: string[];
  level: Level;
  what: string;
  why: string;
  advice: string;
  /** The upstream source that it was derived from. */
  source: string;
  bad: Example | null;
  good: Example | null;
}

export interface Example {
  text: string;
  stored: string;
  cluster: string;
  settings: string;
}

/** The events that happen to a RayJob. */
export interface SimulationOptions {
  /** How the n-th application ends; applications without an entry do not end. */
  outcomes?: JobStatus[];
  /** Whether the n-th batch Job gives up without submitting. */
  giveUp?: boolean[];
  /** Whether workers of SidecarMode become ready only after the application has ended. */
  lateWorkers?: boolean;
  /** What users and the clock do once nothing else changes. */
  events?: { when: string; nth: number; action: Action }[];
  /** Skips the controller's own validation. */
  unchecked?: boolean;
  /** The settings of the policy, for the feature gates. */
  settings?: string;
}

export type JobStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "STOPPED";

export type Action =
  | "suspend"
  | "resume"
  | "clearJobId"
  | { submit: string }
  | { setMode: string }
  | { setBackoffLimit: number }
  | { timePasses: number };

/** The lifecycle of a RayJob. */
export interface Trace {
  attempts: Step[][];
  ending: Ending;
  /** The ending in words. */
  says: string;
  /** How many RayClusters there were, including the user's own. */
  clusters: number;
  /** How many batch Jobs were created to submit. */
  submitters: number;
  /** How many applications actually started. */
  started: number;
  /** Whether a RayCluster with pods remains at the end with nothing running on it. */
  idle: boolean;
  /** What KubeRay tries forever and never achieves; one that no step shows has not been met. */
  obstacles: Obstacle[];
  allowed: Allowed;
}

export interface Obstacle {
  /** What happens instead, as a clause: `the API server refuses the head pod`. */
  what: string;
  rule: string;
}

export type Ending =
  | { kind: "ends"; state: string }
  | { kind: "idles"; state: string; awaits: string }
  | { kind: "crashes"; state: string };

export interface Step {
  /** `status.jobDeploymentStatus`, `""` at the beginning. */
  state: string;
  jobStatus?: JobStatus;
  reason?: string;
  specJobId?: string;
  jobId?: string;
  cluster?: string;
  alive?: string[];
  failed?: number;
  suspend?: boolean;
  transition: { name: string; upstream: string; explanation: string };
  after?: Action;
  refusedBy?: string;
  /** What the controller cannot achieve, no matter how often it tries. */
  obstacle?: Obstacle;
  /** Whether the attempt ends here but `spec.jobId` stays. */
  keepsJobId: boolean;
}

/** What the two retry limits allow. */
export interface Allowed {
  /** `spec.backoffLimit` */
  retries: number;
  /** `spec.submitterConfig.backoffLimit`; absent if no batch Job submits. */
  repeats?: number;
  attempts: number;
  pods: number;
  selectsCluster: boolean;
}

/** What a KubeRay release, and the policy configured for it, would do. */
export interface InRelease {
  release: string;
  allowed: boolean;
  denials: string[];
  warnings: string[];
  /** Absent if the object describes no job. */
  trace?: Trace;
}

/** Submission modes by fields. */
export interface Matrix {
  release: string;
  fields: string[];
  rows: { mode: string; cells: Cell[] }[];
}

export interface Cell {
  /** What the judged job adds to the base job. */
  spec: object;
  /** The highest level of its findings; `off` if there are none. */
  level: Level;
  findings: { rule: string; level: Level; message: string }[];
  /** Whether the given object has this mode and this field. */
  current: boolean;
}
