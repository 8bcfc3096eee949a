/** What a text is judged with. */
export interface Options {
  /** The settings of the policy, in YAML or JSON; blank for the defaults. */
  settings?: string;
  /** The objects as they are stored, as manifests: those are judged as updates. */
  stored?: string;
}

/** What is said of a text. */
export interface Answer {
  /** What is wrong with the settings; if anything is, nothing was judged. */
  settings: string[];
  /** KubeRay's release by the settings; absent if anything is wrong with them. */
  release?: string;
  documents: Judged[];
  /** What cannot be read. */
  problems: Problem[];
  /** What there is to know besides: comments that silence nothing, placeholders, texts whose RayJobs are not judged. */
  notes: Problem[];
}

/** An object or a request, and what the policy says of it. */
export interface Judged {
  kind: "RayJob" | "RayCronJob" | "";
  name: string;
  namespace: string;
  template?: string;
  isRequest: boolean;
  span: Span;
  findings: Finding[];
  /** The release of KubeRay that it was judged for. */
  release: string;
  /** The object as kubectl would send it. */
  object: object | null;
  /** The stored object that it replaces; a request has its own. */
  oldObject: object | null;
  /** The request as JSON: an object with a `request`, and maybe `settings`. */
  question: string | null;
  /** Who submits: `submissionMode`, as far as it is a text. */
  mode: string;
  response: Response;
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
  /** The reason for which a comment silences it. */
  ignored?: string;
}

export interface Fix {
  title: string;
  /** Whether it keeps what the author evidently meant. */
  safe: boolean;
  /** Empty if the text does not allow it. */
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
  /** In UTF-16 units, from 0: what JavaScript counts. */
  utf16: number;
  /** In UTF-16 units, from 1. */
  utf16Column: number;
}

/** What the module knows. */
export interface Catalogue {
  version: string;
  /** KubeRay's releases, the oldest first. */
  releases: string[];
  families: { title: string; rules: Rule[] }[];
}

export interface Rule {
  id: string;
  /** The only kind that it judges. */
  kind: string | null;
  releases: string[];
  level: Level;
  what: string;
  why: string;
  advice: string;
  /** The upstream place that it was read from. */
  source: string;
  bad: Example | null;
  good: Example | null;
}

export interface Example {
  text: string;
  stored: string;
  settings: string;
}

/** What happens to a RayJob. */
export interface SimulationOptions {
  /** How the n-th application ends; those not named do not end. */
  outcomes?: JobStatus[];
  /** Whether the n-th batch Job gives up without submitting. */
  giveUp?: boolean[];
  /** What users and the clock do, once nothing else changes. */
  events?: { when: string; nth: number; action: Action }[];
  /** Leaves out the controller's own validation. */
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

/** The life of a RayJob. */
export interface Trace {
  attempts: Step[][];
  ending: Ending;
  /** The ending in words. */
  says: string;
  /** How many RayClusters there were, the user's own included. */
  clusters: number;
  /** How many batch Jobs were made to submit. */
  submitters: number;
  /** How many applications really started. */
  started: number;
  /** Whether at the end a RayCluster stands with nothing running on it. */
  idle: boolean;
  allowed: Allowed;
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
  /** Whether the attempt ends here and `spec.jobId` stays. */
  keepsJobId: boolean;
}

/** What the two limits of retries allow. */
export interface Allowed {
  /** `spec.backoffLimit` */
  retries: number;
  /** `spec.submitterConfig.backoffLimit`; absent if no batch Job submits. */
  repeats?: number;
  attempts: number;
  pods: number;
  selectsCluster: boolean;
}

/** What a release of KubeRay, and the policy set for it, would do. */
export interface InRelease {
  release: string;
  allowed: boolean;
  denials: string[];
  warnings: string[];
  trace: Trace;
}

/** Submission modes by fields. */
export interface Matrix {
  release: string;
  fields: string[];
  rows: { mode: string; cells: Cell[] }[];
}

export interface Cell {
  /** What the job that was judged has besides an ordinary one. */
  spec: object;
  /** The worst that was found; `off` is nothing. */
  level: Level;
  findings: { rule: string; level: Level; message: string }[];
  /** Whether the object that was given has this mode and this field. */
  current: boolean;
}
