/** The `exec` section of a kubeconfig, read: which command would be run, how, and with what. Protocol: client.authentication.k8s.io. */
import { isAbsolute, resolve, sep } from "node:path";
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";

const API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const SHOWN_MAX_CHARACTERS = 200;
const END_MAX_CHARACTERS = 300;

export type ExecSpec = {
  readonly apiVersion: string;
  /** A name, which is looked up in PATH, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string;
  /** The cluster in KUBERNETES_EXEC_INFO; null without provideClusterInfo. */
  readonly cluster: unknown;
};

/** Reads the `exec` section. `directory` is the kubeconfig's: a command with a slash is relative to it. Throws KUBE_EXEC. */
export function parseExecSpec(exec: unknown, directory: string, cluster: unknown): ExecSpec {
  if (!isRecord(exec)) throw execError("is not a section of settings");
  const { apiVersion, command, interactiveMode, installHint } = exec;
  if (typeof command !== "string" || command === "") throw execError("has no command");
  if (typeof apiVersion !== "string" || !API_VERSIONS.includes(apiVersion))
    throw execError(
      `has apiVersion ${shown(JSON.stringify(apiVersion) ?? "")}; known are ${API_VERSIONS.join(" and ")}`,
    );
  if (interactiveMode === "Always")
    throw execError(
      "has interactiveMode Always, and fedns never gives it a terminal; use one that needs none",
    );
  const args = listOf(exec["args"]).map(String);
  const env = Object.fromEntries(
    listOf(exec["env"])
      .filter(isRecord)
      .map(({ name, value }) => [String(name), String(value)]),
  );
  if ([command, ...args, ...Object.entries(env).flat()].some((text) => text.includes("\0")))
    throw execError("has a NUL character in its command, arguments or environment");
  return {
    apiVersion,
    command: command.includes(sep) && !isAbsolute(command) ? resolve(directory, command) : command,
    args,
    env,
    installHint: typeof installHint === "string" ? shown(installHint.trim()) : "",
    cluster: exec["provideClusterInfo"] === true ? cluster : null,
  };
}

/** A text of a kubeconfig in one line of a message: bounded, without control characters. */
export function shown(text: string): string {
  const line = cleaned(text.slice(0, SHOWN_MAX_CHARACTERS + 1));
  return line.length > SHOWN_MAX_CHARACTERS ? `${line.slice(0, SHOWN_MAX_CHARACTERS)}…` : line;
}

/** The same of its end, which says most where a program failed. */
export function shownEnd(text: string): string {
  return cleaned(text).slice(-END_MAX_CHARACTERS);
}

function cleaned(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

export function execError(sentence: string, cause?: unknown): OperationalError {
  return new OperationalError("KUBE_EXEC", `the credential plug-in ${sentence}`, { cause });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
