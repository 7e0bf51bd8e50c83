/** The output, clock and programs of a command. Commands get them as a parameter, so that tests can replace them. */
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../../run/config/config.ts";
import type { RootLog } from "../../kernel/log.ts";

export type Session = {
  /** Writes to standard output. */
  print(text: string): void;
  /** Writes to standard error. */
  printError(text: string): void;
  /** Asks the person; null when there is no terminal to ask on. */
  confirm(question: string): Promise<boolean | null>;
  /** Standard output is a terminal; absent = it is not. */
  readonly isTerminal?: boolean;
  /** 0 unless a command sets it. */
  exitCode: number;
  /** The exit code of what keeps a command from its work: 1 unless 1 is one of its answers. */
  failureCode: number;
  readonly clock: Clock;
  readonly programs: Programs;
};

export type Supervisor = {
  /** Resolves when queries are answered; rejects with an OperationalError when the start failed. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code when everything has ended. */
  readonly finished: Promise<number>;
  /** Reads the configuration file and the zone files again. */
  reload(): void;
  /** Starts the shutdown: drains, then finishes. */
  stop(): void;
};

/** What makes the clusters of the sandbox a federation, as manifests. */
export type SandboxFederation = {
  /** In the host. */
  host(hostUid: string): readonly object[];
  join(
    hostUid: string,
    cluster: {
      readonly name: string;
      readonly url: string;
      readonly caPem: string;
      readonly uid: string;
      readonly latitude: number;
      readonly longitude: number;
    },
  ): {
    readonly member: readonly object[];
    /** A Secret in the member with the token that the host gets. */
    readonly tokenSecret: { readonly namespace: string; readonly name: string };
    /** In the host. `token`: base64. */
    declaration(token: string): readonly object[];
  };
};

export type RunningCluster = {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly context: string;
  /** The host declares it; absent = it does not. */
  readonly isInHost?: boolean;
  readonly latitude?: number | null;
  readonly longitude?: number | null;
};

export type RunningSandbox = {
  readonly clusters: readonly RunningCluster[];
  readonly host: Pick<RunningCluster, "kubeconfigPath" | "context">;
  /** All clusters, one context each. */
  readonly kubeconfigPath: string;
  readonly ingressProxyPort?: number;
  close(): Promise<void>;
};

/** Loaded when a command needs them: `fedns --help` must not wait for a Kubernetes client. */
export type Programs = {
  runSupervisor(options: {
    readonly config: Config;
    readonly log: RootLog;
    readonly clock: Clock;
  }): Promise<Supervisor>;
  /** Given by tests only. The `sandbox` command loads the real one itself: no other command must be able to. */
  readonly startSandbox?: (options: {
    readonly directory: string;
    /** HTTP that leads where this DNS server (ADDRESS:PORT) says. */
    readonly ingressProxy: { readonly port: number; readonly dns: string };
    readonly federation: SandboxFederation;
  }) => Promise<RunningSandbox>;
};

export const realPrograms: Programs = {
  async runSupervisor(options) {
    const { runSupervisor } = await import("../../main.ts");
    return runSupervisor(options);
  },
};
