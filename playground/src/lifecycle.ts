import type { Action, Trace, Step } from "policy";
import { lane } from "./diagram.ts";
import { sentence } from "./diagnostics.ts";
import { byId, count, h } from "./dom.ts";

/**
 * Shows a trace as diagrams and lists. `prevented` is the trace without the
 * operator's check, if the operator refuses the job.
 */
export function showTrace(release: string, trace: Trace, prevented: Trace | undefined): void {
  const refusedBy = refusal(trace);
  const parts = prevented
    ? [
        h(
          "p",
          { class: "callout" },
          `KubeRay ${release} refuses this job (${refusedBy}): it ${trace.says}, and KubeRay creates no RayCluster. `,
          "Without this check, the job would do the following.",
        ),
        ...attempts(prevented),
        summary(prevented),
      ]
    : [...attempts(trace), summary(trace)];
  byId("life").replaceChildren(...parts, limits(trace));
}

/** The rule by which the operator refuses the job. */
export function refusal(trace: Trace): string | undefined {
  return trace.attempts.flat().find((step) => step.refusedBy)?.refusedBy;
}

function attempts(trace: Trace): HTMLElement[] {
  let number = 1;
  let kept = "";
  return trace.attempts.flatMap((steps, index) => {
    const first = number;
    number += steps.length;
    const cluster = steps.find((step) => step.cluster)?.cluster;
    const title = `Attempt ${index + 1}${cluster ? ` on RayCluster ${cluster}` : ""}`;
    const picture = h(
      "div",
      { class: "scroll", role: "region", "aria-label": `Diagram of attempt ${index + 1}`, tabindex: 0 },
      lane(steps, first, kept || (steps.find((step) => step.keepsJobId)?.specJobId ?? "")),
    );
    const list = h("ol", { class: "steps", start: first }, ...steps.map((step) => item(step, kept)));
    kept = steps.find((step) => step.keepsJobId)?.specJobId ?? kept;
    return [h("h3", {}, title), picture, list];
  });
}

function item(step: Step, kept: string): HTMLElement {
  const takesKept = step.transition.name === "TakeJobId" && kept !== "" && step.jobId === kept;
  return h(
    "li",
    {},
    step.after && `${happened(step.after)} `,
    h("span", { class: "state" }, step.state || "New"),
    ": ",
    step.transition.explanation,
    step.obstacle && ` ${sentence(step.obstacle.what)}. [${step.obstacle.rule}]`,
    step.keepsJobId && h("span", { class: "kept" }, ` spec.jobId is still ${step.specJobId}, which ended with this attempt.`),
    takesKept && h("span", { class: "kept" }, ` That is ${kept} from an earlier attempt, which this RayCluster does not know.`),
  );
}

function happened(action: Action): string {
  if (action === "suspend") return "A user sets suspend.";
  if (action === "resume") return "A user clears suspend.";
  if (action === "clearJobId") return "A user removes spec.jobId.";
  if ("submit" in action) return `A user submits ${action.submit} and writes this id into spec.jobId.`;
  if ("timePasses" in action) return "A day passes.";
  if ("setMode" in action) return `A user sets submissionMode to ${action.setMode}.`;
  return `A user sets backoffLimit to ${action.setBackoffLimit}.`;
}

function summary(trace: Trace): HTMLElement {
  const idle = trace.idle ? " At the end, a RayCluster remains with nothing running on it." : "";
  const made = [count(trace.clusters, "RayCluster"), count(trace.submitters, "batch Job"), count(trace.started, "started application")];
  const bad = trace.ending.kind !== "ends";
  const ahead = trace.obstacles
    .filter(({ what }) => !trace.attempts.flat().some((step) => step.obstacle?.what === what))
    .map(({ what, rule }) => ` Besides, ${what}. [${rule}]`);
  return h("p", { class: bad ? "callout bad" : "callout" }, `${sentence(`it ${trace.says}`)}: ${made.join(", ")}.${idle}${ahead.join("")}`);
}

/** What the two limits allow. */
function limits({ allowed }: Trace): HTMLElement {
  const { retries, repeats, attempts, pods, selectsCluster } = allowed;
  const on = selectsCluster ? "all of them on the RayCluster that clusterSelector selects" : "each on its own RayCluster";
  const tries = `spec.backoffLimit ${retries} allows ${count(attempts, "attempt")}, ${on}.`;
  const submitters =
    repeats === undefined
      ? "In this mode no batch Job submits, so submitterConfig.backoffLimit has no effect."
      : `spec.submitterConfig.backoffLimit ${repeats} allows ${count(repeats + 1, "submitter pod")} in each attempt: ` +
        `at most ${attempts} × ${repeats + 1} = ${pods} in all. A submitter pod is replaced when submission fails; ` +
        "a failed application needs a new attempt.";
  return h("p", { class: "muted" }, `${tries} ${submitters}`);
}
