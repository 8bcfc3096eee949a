import type { InRelease, Trace } from "policy";
import { sentence } from "./diagnostics.ts";
import { byId, h } from "./dom.ts";

/** Shows what each release would do with the object, or only what the policy would do if it describes no job. */
export function showReleases(rows: InRelease[], chosen: string): void {
  const columns = ["KubeRay", "The policy", ...(rows[0]?.trace ? ["The operator"] : [])];
  byId("releases").replaceChildren(
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => line(row, row.release === chosen))),
    ),
  );
}

function line(row: InRelease, chosen: boolean): HTMLElement {
  return h(
    "tr",
    { class: chosen && "chosen" },
    h("th", { scope: "row" }, row.release),
    h("td", {}, ...policy(row)),
    row.trace && h("td", {}, operator(row.trace)),
  );
}

function policy({ allowed, denials, warnings }: InRelease): (Node | string)[] {
  if (!allowed) return [h("span", { class: "mark-denied" }, "denies"), `: ${denials.join(", ")}`];
  if (warnings.length > 0) return [h("span", { class: "mark-warned" }, "warns"), `: ${warnings.join(", ")}`];
  return [h("span", { class: "mark-accepted" }, "accepts")];
}

function operator(trace: Trace): string {
  const refusedBy = trace.attempts.flat().find((step) => step.refusedBy)?.refusedBy;
  const idle = trace.idle && trace.ending.kind === "idles" ? "; a RayCluster is left idle" : "";
  return refusedBy
    ? `Refuses the stored object (${refusedBy}); ${trace.says}.`
    : `${sentence(trace.says)}${idle}. RayClusters: ${trace.clusters}, started applications: ${trace.started}.`;
}
