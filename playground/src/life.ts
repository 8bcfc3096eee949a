import type { Act, Life, Step } from "policy";
import { lane } from "./diagram.ts";
import { sentence } from "./diagnostics.ts";
import { byId, count, h } from "./dom.ts";

/**
 * Shows a life, as pictures and as lists. `prevented` is the life without the
 * operator's check, if the operator refuses the job.
 */
export function showLife(release: string, life: Life, prevented: Life | undefined): void {
  const refusedBy = refusal(life);
  const parts = prevented
    ? [
        h(
          "p",
          { class: "callout" },
          `KubeRay ${release} refuses this job (${refusedBy}): it ${life.says}, and no RayCluster is made. `,
          "Below is what the check prevents: the life that the job would have without it.",
        ),
        ...attempts(prevented),
        summary(prevented),
      ]
    : [...attempts(life), summary(life)];
  byId("life").replaceChildren(...parts, limits(life));
}

/** The rule by which the operator refuses the job. */
export function refusal(life: Life): string | undefined {
  return life.attempts.flat().find((step) => step.refusedBy)?.refusedBy;
}

function attempts(life: Life): HTMLElement[] {
  let number = 1;
  let kept = "";
  return life.attempts.flatMap((steps, index) => {
    const first = number;
    number += steps.length;
    const cluster = steps.find((step) => step.cluster)?.cluster;
    const title = `Attempt ${index + 1}${cluster ? ` on RayCluster ${cluster}` : ""}`;
    const picture = h(
      "div",
      { class: "scroll", role: "region", "aria-label": `Picture of attempt ${index + 1}`, tabindex: 0 },
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
    step.keepsJobId && h("span", { class: "kept" }, ` spec.jobId is still ${step.specJobId}, which ended with this attempt.`),
    takesKept && h("span", { class: "kept" }, ` That is ${kept} of an attempt before, of which this RayCluster knows nothing.`),
  );
}

function happened(act: Act): string {
  if (act === "suspend") return "A user sets suspend.";
  if (act === "resume") return "A user clears suspend.";
  if (act === "clearJobId") return "A user removes spec.jobId.";
  if ("submit" in act) return `A user submits ${act.submit}, and writes it into spec.jobId.`;
  if ("timePasses" in act) return "A day passes.";
  if ("setMode" in act) return `A user sets submissionMode to ${act.setMode}.`;
  return `A user sets backoffLimit to ${act.setBackoffLimit}.`;
}

function summary(life: Life): HTMLElement {
  const idle = life.idle ? " At the end a RayCluster stands with nothing running on it." : "";
  const made = [count(life.clusters, "RayCluster"), count(life.submitters, "batch Job"), count(life.started, "started application")];
  const bad = life.ending.kind !== "ends";
  return h("p", { class: bad ? "callout bad" : "callout" }, `${sentence(`it ${life.says}`)}: ${made.join(", ")}.${idle}`);
}

/** What the two limits allow. */
function limits({ allowed }: Life): HTMLElement {
  const { retries, repeats, attempts, pods, selectsCluster } = allowed;
  const on = selectsCluster ? "all of them on the RayCluster that clusterSelector names" : "each on a RayCluster of its own";
  const tries = `spec.backoffLimit ${retries} allows ${count(attempts, "attempt")}, ${on}.`;
  const submitters =
    repeats === undefined
      ? "In this mode no batch Job submits, so submitterConfig.backoffLimit counts nothing."
      : `spec.submitterConfig.backoffLimit ${repeats} allows ${count(repeats + 1, "submitter pod")} in each: ` +
        `at most ${attempts} × ${repeats + 1} = ${pods} of them. A submitter pod is replaced when submitting fails; ` +
        "a failed application needs a new attempt.";
  return h("p", { class: "muted" }, `${tries} ${submitters}`);
}
