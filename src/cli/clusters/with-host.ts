/** Runs a command with a connection to the host, and closes all connections afterwards. */
import { stayAlive } from "../session/stay-alive.ts";
import { type HostOptions, hostContextOf, type WriteHostOptions } from "../arguments/host-options.ts";
import type { Session } from "../session/session.ts";
import { type ClusterConnection, connect } from "./connect.ts";
import { StepRunner } from "./runner.ts";

type HostWork = {
  readonly host: ClusterConnection;
  readonly signal: AbortSignal;
  /** Connects to another cluster; closed with the host. */
  readonly connect: (name: string, context: string, kubeconfig?: string) => Promise<ClusterConnection>;
};

export async function withHostConnection<T>(
  session: Session,
  options: HostOptions,
  work: (parts: HostWork) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const { signal } = ending;
  const { kubeconfig } = options;
  const { clock } = session;
  const open: ClusterConnection[] = [];
  const opened = async (
    name: string,
    context: string | undefined,
    file: string | undefined = kubeconfig,
  ): Promise<ClusterConnection> => {
    const cluster = await connect({ name, kubeconfig: file, context, clock, signal });
    open.push(cluster);
    return cluster;
  };
  using _ = stayAlive();
  try {
    return await work({ host: await opened("host", hostContextOf(options)), signal, connect: opened });
  } finally {
    ending.abort();
    for (const { transport } of open) transport.close();
  }
}

/** For what is only printed: nothing is connected to. */
export function withoutHost<T>(
  session: Session,
  { output }: WriteHostOptions,
  work: (runner: StepRunner) => T,
): T {
  const { signal } = new AbortController();
  const runner = new StepRunner({ session, signal, isDryRun: true, output });
  const result = work(runner);
  runner.finish();
  return result;
}

/** As `withHostConnection`, with steps that are shown at the end, also when one of them fails. */
export async function withSteps<T>(
  session: Session,
  options: WriteHostOptions,
  work: (parts: HostWork & { readonly runner: StepRunner }) => Promise<T>,
): Promise<T> {
  return withHostConnection(session, options, async (parts) => {
    const { signal } = parts;
    const runner = new StepRunner({
      session,
      signal,
      isDryRun: options.dryRun === true,
      output: options.output,
    });
    try {
      return await work({ ...parts, runner });
    } finally {
      runner.finish();
    }
  });
}
