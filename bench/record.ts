/** bench/README.md and the printed report: the same tables for the terminal and for readers of the repository. */
import type { Bench, BenchReport, Table } from "./bench.ts";
import type { Machine } from "./machine.ts";

/** One finished bench. */
export type Finished = {
  readonly bench: Pick<Bench, "name" | "claim">;
  readonly report: BenchReport;
  readonly machine: Machine;
  readonly isQuick: boolean;
};

export type JsonReport = Pick<BenchReport, "results" | "goals"> & {
  readonly bench: string;
  readonly machine: Machine;
};

const preface = `# What was measured

This page is generated: \`npm run bench -- --record\` writes it anew, and \`npm run bench -- NAME --record\` only the
section of that bench. Each section says on which machine, commit and day it was measured. A goal that is missed is
written as it is; a goal whose peer was absent is not met. \`npm run bench -- --list\` names the benches.
`;

/**
 * The object of \`--json\`. Several benches in one run make one object of the same shape, with results by bench and
 * the bench before each goal's name.
 */
export function jsonReport(finished: readonly Finished[], machine: Machine): JsonReport {
  const [only] = finished;
  if (only !== undefined && finished.length === 1) {
    return { bench: only.bench.name, machine, results: only.report.results, goals: only.report.goals };
  }
  return {
    bench: finished.map(({ bench }) => bench.name).join(","),
    machine,
    results: Object.fromEntries(finished.map(({ bench, report }) => [bench.name, report.results])),
    goals: finished.flatMap(({ bench, report }) =>
      report.goals.map((goal) => ({ ...goal, name: `${bench.name}: ${goal.name}` })),
    ),
  };
}

/** The page with the sections of \`finished\` replaced; those of other benches in \`order\` are kept. */
export function renderPage(
  previous: string,
  finished: readonly Finished[],
  order: readonly string[],
): string {
  const sections = order.flatMap((name) => {
    const fresh = finished.find(({ bench }) => bench.name === name);
    const section = fresh === undefined ? keptSection(previous, name) : renderSection(fresh);
    return section === null ? [] : [`${opening(name)}\n${section.trim()}\n${closing(name)}\n`];
  });
  return [preface, ...sections].join("\n");
}

/** One bench as Markdown: claim, where and when, goals, tables, notes. */
export function renderSection({ bench, report, machine, isQuick }: Finished): string {
  const { cpu, cores, memoryMiB, kernel, node, commit, date } = machine;
  const haste = isQuick ? " A quick run: few and short rounds." : "";
  const where = `${cpu}, ${cores} cores, ${memoryMiB} MiB, Linux ${kernel}, Node ${node}`;
  const when = `commit ${commit ?? "unknown"}, ${date}`;
  const notes = report.notes.map((note) => `- ${note}`).join("\n");
  const parts = [
    `## ${bench.name}`,
    bench.claim,
    `${where}; ${when}.${haste}`,
    renderTable(goalTable(report)),
  ];
  return [...parts, ...report.tables.map(renderTable), notes].filter((part) => part !== "").join("\n\n");
}

function goalTable(report: BenchReport): Table {
  const rows = report.goals.map(({ name, goal, value, met }) => [
    name,
    goal,
    value === null ? "not measured" : String(value),
    met ? "yes" : "**no**",
  ]);
  return { title: "Goals", columns: ["goal", "bound", "measured", "met"], rows };
}

/** Columns padded so that the table reads well in a terminal too. */
function renderTable({ title, columns, rows }: Table): string {
  if (rows.length === 0) return "";
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => cell(row, index).length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, index) => cell(cells, index).padEnd(width)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [`### ${title}\n`, line(columns), rule, ...rows.map(line)].join("\n");
}

function cell(row: readonly string[], index: number): string {
  return (row[index] ?? "").replaceAll("|", "\\|");
}

function keptSection(page: string, name: string): string | null {
  const begin = page.indexOf(opening(name));
  const end = page.indexOf(closing(name));
  return begin < 0 || end < begin ? null : page.slice(begin + opening(name).length, end);
}

function opening(name: string): string {
  return `<!-- begin ${name} -->`;
}

function closing(name: string): string {
  return `<!-- end ${name} -->`;
}
