/** Several processes' metrics as one Prometheus text (format 0.0.4): one family each, told apart by a label. */

type ProcessMetrics = {
  /** The value of the label `process`. */
  readonly process: string;
  /** What the process's own registry prints. */
  readonly text: string;
};

type Family = { readonly comments: string[]; readonly samples: string[] };

/** A family may stand in a text only once, so those of the same name are put together; the first description stays. */
export function joinMetrics(parts: readonly ProcessMetrics[]): string {
  const families = new Map<string, Family>();
  for (const { process, text } of parts) {
    let current = "";
    for (const line of text.split("\n")) {
      if (line === "") continue;
      // Samples follow the # lines of their family; a histogram's have names of their own (_bucket, _sum, _count).
      const [hash, keyword = "", name = ""] = line.split(" ", 3);
      const isComment = hash === "#" && (keyword === "HELP" || keyword === "TYPE");
      if (isComment) current = name;
      else if (line.startsWith("#")) continue;
      else if (current === "") current = /^[^{ ]*/.exec(line)?.[0] ?? "";
      const family = families.get(current) ?? { comments: [], samples: [] };
      families.set(current, family);
      if (!isComment) family.samples.push(labelled(line, process));
      else if (!family.comments.some((known) => known.startsWith(`# ${keyword} `)))
        family.comments.push(line);
    }
  }
  return [...families.values()]
    .map(({ comments, samples }) => `${[...comments, ...samples].join("\n")}\n`)
    .join("");
}

/** Values of our own labels are plain words: nothing to escape. */
function labelled(sample: string, process: string): string {
  const [, name = "", labels = "", rest = ""] = /^([^{ ]*)(?:\{(.*)\})?(\s.*)$/.exec(sample) ?? [];
  return `${name}{process="${process}"${labels === "" ? "" : `,${labels}`}}${rest}`;
}
