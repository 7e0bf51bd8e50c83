/** `fedns import`: Federation v1's Cluster manifests as KubeFedClusters. */
import { Command, Option } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { SYSTEM_NAMESPACE } from "../../fleet/host-objects/host-types.ts";
import { readInput } from "../arguments/input-file.ts";
import { parseNamespace } from "../arguments/object-argument.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Reads Cluster objects of Federation v1 and their Secrets (YAML or JSON, several documents or a List) and prints a
KubeFedCluster and a Secret for each. Nothing is contacted and nothing is written. What could not be carried over is
listed on standard error, each with what to do about it; the Secrets are printed with their tokens.

The input is what kubectl get -o yaml prints for the clusters of the federation, and for the Secrets of its namespace.

Examples:
  fedns import clusters.yaml secrets.yaml | kubectl --context host apply -f -

Exit codes: 0 every Cluster was carried over, 1 one was not, or a file cannot be read, 2 wrong usage.`;

type ImportOptions = { readonly namespace: string; readonly output: "yaml" | "json" };

export function importCommand(session: Session): Command {
  return new Command("import")
    .description("Print KubeFedClusters for the Cluster manifests of Federation v1.")
    .argument("<file...>", "manifests; - is standard input")
    .option(
      "-n, --namespace <name>",
      "the namespace of the objects in the host",
      parseNamespace,
      SYSTEM_NAMESPACE,
    )
    .addOption(
      new Option("-o, --output <format>", "the output format").choices(["yaml", "json"]).default("yaml"),
    )
    .addHelpText("after", epilogue)
    .action(async (files: readonly string[], { namespace, output }: ImportOptions) => {
      const { importClusters } = await import("../import/federation-cluster.ts");
      const { stringify } = await import("yaml");
      const manifests = await Promise.all(files.map(manifestsIn));
      const { objects, notes, failed } = importClusters(manifests.flat(), namespace);
      for (const note of notes) session.printError(`${note}\n`);
      if (objects.length === 0 && failed === 0) session.printError("there is no Cluster in the input\n");
      if (output === "json") {
        const list = { apiVersion: "v1", kind: "List", items: objects };
        session.print(`${JSON.stringify(list, null, 2)}\n`);
      } else session.print(objects.map((object) => `---\n${stringify(object)}`).join(""));
      if (failed > 0 || objects.length === 0) session.exitCode = 1;
    });
}

async function manifestsIn(file: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import("yaml");
  const { name, content } = await readInput(file);
  return parseAllDocuments(content).map((document) => {
    const [mistake] = document.errors;
    // The message of the parser quotes the text, which may hold tokens.
    if (mistake !== undefined)
      throw new OperationalError("IMPORT", `${name} is not YAML (line ${mistake.linePos?.[0].line ?? "?"})`);
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  });
}
