const FILES = import.meta.glob<string>(
  ["../../examples/playground/*.yaml", "../../examples/ways-out/*.yaml", "!**/nightly-cron-job.yaml"],
  { query: "?raw", import: "default", eager: true },
);

/** The texts of the files, by name. */
const TEXTS = new Map(
  Object.entries(FILES).map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1, -".yaml".length), text]),
);

/** The names of the examples, in display order. */
const GROUPS: Record<string, string[]> = {
  "Denied, and what passes": [
    "interactive-backoff",
    "interactive",
    "selector-backoff",
    "selector",
    "suspend-needs-shutdown",
    "suspend",
    "ttl-needs-shutdown",
    "ttl",
    "sidecar-submitter-config",
    "sidecar",
    "trap-unknown-mode",
    "known-mode",
    "ft-redis-address-env",
    "fault-tolerance",
    "head-resources-conflict",
    "serve-application",
  ],
  "Ways out of InteractiveMode with retries": ["k8s-job-with-retries", "interactive-with-retry-script", "nightly"],
};

export interface Example {
  name: string;
  /** Its first line, without the comment sign. */
  title: string;
  text: string;
}

/** All examples, grouped by heading. */
export const groups: [heading: string, examples: Example[]][] = Object.entries(GROUPS).map(([heading, names]) => [
  heading,
  names.map((name) => {
    const text = TEXTS.get(name) ?? "";
    return { name, title: text.slice(2, text.indexOf("\n")), text };
  }),
]);

const all = groups.flatMap(([, examples]) => examples);

export const first: Example = all[0]!;

/** The example with this name. */
export function byName(name: string): Example | undefined {
  return all.find((example) => example.name === name);
}

/** The example with this text. */
export function byText(text: string): Example | undefined {
  return all.find((example) => example.text === text);
}
