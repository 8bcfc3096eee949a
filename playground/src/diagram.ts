import type { Step } from "policy";
import { svg } from "./dom.ts";

const LEFT = 104;
const COLUMN = 64;
/** The maximum width of a text in a single column; longer texts are cut. */
const WIDEST = 150;
const ROW = 30;
const TOP = 22;
const BAR = 22;

/** The tracks of the diagram, and the value of a step on each. */
const TRACKS: [name: string, value: (step: Step) => string][] = [
  ["state", (step) => step.state || "New"],
  ["RayCluster", (step) => (step.alive ?? []).join(", ")],
  ["status.jobId", (step) => step.jobId ?? ""],
  ["spec.jobId", (step) => step.specJobId ?? ""],
];

/** A stretch of a track whose value does not change. */
interface Run {
  value: string;
  from: number;
  to: number;
}

/**
 * Draws an attempt: its steps from left to right, with one track below another
 * for the values of the RayJob. `first` is the number of its first step; `kept`
 * is the ID that `spec.jobId` still has from an earlier attempt.
 */
export function lane(steps: Step[], first: number, kept: string): SVGSVGElement {
  const tracks = TRACKS.map(([name, value]) => ({ name, runs: runs(steps.map(value)) }));
  const edges = columns(steps.length, tracks.flatMap(({ runs }) => runs));
  const width = edges.at(-1)! + 1;
  const height = TOP + TRACKS.length * ROW;
  const numbers = steps.map((_, index) => {
    const x = (edges[index]! + edges[index + 1]!) / 2;
    return svg("text", { class: "name centred", x, y: TOP / 2 }, String(first + index));
  });
  const rows = tracks.map(({ name, runs }, row) => {
    const y = TOP + row * ROW + ROW / 2;
    const bars = runs.map((run) => {
      const isKept = name === "spec.jobId" && kept !== "" && run.value === kept;
      return bar(run, edges, y, name === "state", isKept);
    });
    return svg(
      "g",
      {},
      svg("text", { class: "name", x: 0, y }, name),
      svg("line", { class: "rule", x1: LEFT, x2: width, y1: y, y2: y }),
      ...bars,
    );
  });
  return svg(
    "svg",
    { class: "lane", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    ...numbers,
    ...rows,
  );
}

function bar({ value, from, to }: Run, edges: number[], y: number, isState: boolean, isKept: boolean): SVGElement {
  const x = edges[from]! + 2;
  const width = edges[to]! - edges[from]! - 4;
  const shape = svg("rect", {
    class: isState ? `chip state-${value}` : "span",
    x,
    y: y - BAR / 2,
    width,
    height: BAR,
    rx: isState ? BAR / 2 : 4,
  });
  const text = svg("text", { class: "centred", x: x + width / 2, y }, fit(value, width));
  return svg("g", { class: isKept && "kept" }, shape, text);
}

function runs(values: string[]): Run[] {
  const runs: Run[] = [];
  values.forEach((value, index) => {
    const last = runs.at(-1);
    if (last?.value === value && last.to === index) last.to = index + 1;
    else if (value !== "") runs.push({ value, from: index, to: index + 1 });
  });
  return runs;
}

/** The start of each column; columns are as wide as their text. */
function columns(count: number, runs: Run[]): number[] {
  const widths = Array.from({ length: count }, () => COLUMN);
  for (const { value, from, to } of runs) {
    const width = widths.slice(from, to).reduce((sum, width) => sum + width, 0);
    widths[from]! += Math.max(Math.min(needs(value), WIDEST) - width, 0);
  }
  return widths.reduce((edges, width) => [...edges, edges.at(-1)! + width], [LEFT]);
}

function needs(text: string): number {
  return text.length * 7.5 + 18;
}

function fit(text: string, width: number): string {
  const room = Math.floor((width - 8) / 7.2);
  return text.length <= room ? text : `${text.slice(0, Math.max(room - 1, 1))}…`;
}
