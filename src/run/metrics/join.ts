/** Joins the metrics of several processes into one Prometheus text (format 0.0.4), with the process as a label. */

type ProcessMetrics = {
  /** The value of the label `process`. */
  readonly process: string;
  /** The text of its registry. */
  readonly text: string;
};

type Family = { readonly comments: string[]; readonly samples: string[] };

/** A family may occur only once in a text, so families of the same name are merged; the first description is kept. */
export function joinMetrics(parts: readonly ProcessMetrics[]): string {
  const families = new Map<string, Family>();
  for (const { process, text } of parts) {
    let current = "";
    for (const line of text.split("\n")) {
      if (line === "") continue;
      // Samples follow the comment lines of their family; those of histograms have other names (_bucket, _sum, _count).
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

/** The values of this label are plain words, so nothing needs escaping. */
function labelled(sample: string, process: string): string {
  const [, name = "", labels = "", rest = ""] = /^([^{ ]*)(?:\{(.*)\})?(\s.*)$/.exec(sample) ?? [];
  return `${name}{process="${process}"${labels === "" ? "" : `,${labels}`}}${rest}`;
}
