/** A host and members as API servers in this process, one kubeconfig for all of them, and the command line. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { parse, stringify } from "yaml";
import { main } from "../../../src/cli/program.ts";
import { type RequestOptions, Transport } from "../../../src/fleet/kube/transport.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../../src/sandbox/api-server.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { fakeSession } from "../fake-session.ts";

export type Ran = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Lines about steps, without the cluster: "ServiceAccount shop/x created". */
  readonly steps: readonly string[];
};

export type Rig = {
  readonly servers: Readonly<Record<string, ApiServer>>;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly fedns: (...args: readonly string[]) => Promise<Ran>;
};

/** `names`: the first one is the host. A name may be one that is no name of an object. */
export async function startRig(
  scope: Scope,
  names: readonly string[] = ["host", "us-west"],
  options: Readonly<Record<string, ApiServerOptions>> = {},
): Promise<Rig> {
  const authority = await createAuthority();
  const started = await Promise.all(
    names.map(async (name) => {
      const server = await startApiServer({
        name: name.replaceAll(/[^a-z0-9-]/g, "-"),
        authority,
        ...options[name],
      });
      atEnd(scope, () => server.close());
      return [name, server] as const;
    }),
  );
  const folder = await mkdtemp(join(tmpdir(), "fedns-clusters-"));
  atEnd(scope, () => rm(folder, { recursive: true }));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOf(started));
  return {
    servers: Object.fromEntries(started),
    folder,
    kubeconfig,
    fedns: async (...args) => {
      const session = { ...fakeSession(), clock: systemClock };
      const code = await main([...args, "--kubeconfig", kubeconfig], session);
      const [out, err] = [session.printed(), session.complained()];
      const steps = `${out}\n${err}`
        .split("\n")
        .filter((line) => /^[\w.-]+: [A-Z]\w+ |^[\w.-]+: (token|cluster) /.test(line))
        .map((line) => line.replace(/^[\w.-]+: /, ""));
      return { code, out, err, steps };
    },
  };
}

function kubeconfigOf(servers: readonly (readonly [string, ApiServer])[]): string {
  const documents = servers.map(([name, server]) => {
    const document = parse(server.kubeconfig()) as { contexts: { name: string }[] };
    for (const context of document.contexts) context.name = name;
    return document as Record<string, any>;
  });
  const all = (section: string): unknown[] => documents.flatMap((document) => document[section] as unknown[]);
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": servers[0]?.[0],
    clusters: all("clusters"),
    contexts: all("contexts"),
    users: all("users"),
  });
}

export type Sent = Pick<RequestOptions, "method" | "path" | "query" | "body">;
type Send = (this: Transport, options: RequestOptions) => ReturnType<Transport["request"]>;

/** Replaces every request of all transports until the end of the scope; `send` is the real one. */
export function interceptRequests(
  scope: Scope,
  instead: (
    options: RequestOptions,
    send: () => ReturnType<Transport["request"]>,
  ) => ReturnType<Transport["request"]>,
): () => void {
  const real = Object.getOwnPropertyDescriptor(Transport.prototype, "request")?.value as Send;
  const mocked = mock.method(
    Transport.prototype,
    "request",
    function request(this: Transport, options: RequestOptions) {
      return instead(options, () => real.call(this, options));
    },
  );
  const restore = (): void => mocked.mock.restore();
  atEnd(scope, restore);
  return restore;
}

/** The requests that were sent until `stop` is called. */
export function recordRequests(scope: Scope): { readonly sent: Sent[]; readonly stop: () => void } {
  const sent: Sent[] = [];
  const stop = interceptRequests(scope, ({ method = "GET", path, query, body }, send) => {
    sent.push({ method, path, query: query ?? {}, body });
    return send();
  });
  return { sent, stop };
}

/** Requests that may change something. */
export function writesIn(sent: readonly Sent[]): readonly string[] {
  const isReview = (path: string): boolean => path.includes("selfsubject");
  return sent
    .filter(({ method, path, query }) => method !== "GET" && query?.["dryRun"] !== "All" && !isReview(path))
    .map(({ method, path }) => `${method} ${path}`);
}
