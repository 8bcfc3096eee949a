import { byId, h } from "./dom.ts";
import type { Document, Objects } from "./protocol.ts";

/** The material for a copy. */
export interface Copied {
  document: Document;
  objects: Objects;
  text: string;
  settings: string;
  stored: string;
  /** Whether the objects of a cluster are given. They stay on the page. */
  hasCluster: boolean;
  link: string;
  /** The version of the policy. */
  version: string;
}

const FORMATS: Record<string, [label: string, write: (copied: Copied) => string]> = {
  markdown: ["Markdown, for an issue or a review", markdown],
  cli: ["Command line", commandLine],
  kwctl: ["Kubewarden command line (kwctl)", kwctl],
  review: ["AdmissionReview (JSON)", review],
  response: ["AdmissionResponse (JSON)", ({ document }) => json(document.response)],
  policy: ["ClusterAdmissionPolicy (YAML)", policy],
  link: ["Link to this page", ({ link }) => link],
};

/** Opens the dialog that shows an object in a format, ready to copy. */
export function openCopy(copied: Copied): void {
  const dialog = byId<HTMLDialogElement>("copy-dialog");
  const format = byId<HTMLSelectElement>("copy-format");
  const text = byId<HTMLTextAreaElement>("copy-text");
  const button = byId<HTMLButtonElement>("copy-button");
  if (format.options.length === 0) {
    format.append(...Object.entries(FORMATS).map(([value, [label]]) => h("option", { value }, label)));
  }
  const show = () => {
    text.value = FORMATS[format.value]![1](copied);
    button.textContent = "Copy";
  };
  format.onchange = show;
  button.onclick = async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
      text.focus();
    }
  };
  byId("copy-close").onclick = () => dialog.close();
  show();
  dialog.showModal();
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function markdown({ document, text, link }: Copied): string {
  const { response, findings } = document;
  const lines = findings.map((finding) => `- line ${finding.span.start.line}: ${finding.message}`);
  const language = text.trimStart().startsWith("{") ? "json" : "yaml";
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return [
    `**${response.allowed ? "Accepted" : "Denied"}** by [rayjob-policy](${link}), for KubeRay ${document.release}: ${document.kind} ${document.name}`,
    "",
    ...(lines.length > 0 ? [...lines, ""] : []),
    `${fence}${language}`,
    text.trimEnd(),
    fence,
    "",
  ].join("\n");
}

/** A shell command that writes a file. */
function write(file: string, contents: string): string {
  let end = "EOF";
  while (contents.split("\n").includes(end)) end += "F";
  return `cat >${file} <<'${end}'\n${contents.trimEnd()}\n${end}\n`;
}

function commandLine({ text, settings, stored, hasCluster }: Copied): string {
  const given = Object.entries({ settings, stored }).filter(([, contents]) => contents.trim());
  const files = given.map(([name, contents]) => write(`${name}.yaml`, contents));
  const options = given.map(([name]) => `--${name} ${name}.yaml `);
  if (hasCluster) {
    files.push("# cluster.json: what the tab Cluster has\n");
    options.push("--cluster cluster.json ");
  }
  return `${write("job.yaml", text)}${files.join("")}rayjob-policy check ${options.join("")}job.yaml\n`;
}

function kwctl(copied: Copied): string {
  const files = write("review.json", review(copied)) + write("policy.yaml", policy(copied));
  return `${files}kwctl run --request-path review.json policy.yaml\n`;
}

function review({ document, objects: { object, oldObject, envelope } }: Copied): string {
  if (envelope) return json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: envelope.request });
  const { apiVersion = "" } = (object ?? {}) as { apiVersion?: string };
  const version = apiVersion.replace("ray.io/", "");
  const resource = `${document.kind.toLowerCase()}s`;
  return json({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "00000000-0000-0000-0000-000000000000",
      kind: { group: "ray.io", version, kind: document.kind },
      resource: { group: "ray.io", version, resource },
      name: document.name,
      namespace: document.namespace || "default",
      operation: oldObject ? "UPDATE" : "CREATE",
      userInfo: { username: "someone" },
      object,
      oldObject,
      dryRun: false,
    },
  });
}

function policy({ settings: written, objects: { envelope }, version }: Copied): string {
  const settings = !written.trim() && envelope?.settings ? JSON.stringify(envelope.settings) : written;
  if (/^kind: *(Cluster)?AdmissionPolicy\b/m.test(settings)) return settings;
  const indented = settings
    .trimEnd()
    .split("\n")
    .map((line) => (line ? `    ${line}` : line))
    .join("\n");
  return `apiVersion: policies.kubewarden.io/v1
kind: ClusterAdmissionPolicy
metadata:
  name: rayjob-policy
spec:
  module: registry://ghcr.io/rayjob-policy/policies/rayjob-policy:v${version}
  mutating: false
  mode: protect
  rules:
    - apiGroups: ["ray.io"]
      apiVersions: ["v1", "v1alpha1"]
      resources: ["rayjobs", "raycronjobs", "rayclusters", "rayservices"]
      operations: ["CREATE", "UPDATE"]
${settings.trim() ? `  settings:\n${indented}\n` : ""}`;
}

