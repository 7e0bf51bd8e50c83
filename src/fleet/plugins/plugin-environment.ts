/**
 * The environment of a plug-in. It gets what command lines of clouds need, and what the kubeconfig's `env` says, and nothing
 * else of what fedns was started with: the rest is none of its business.
 */
import { execError } from "./plugin-spec.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where files are, which language is spoken, and how the cloud and its identity are reached. */
const PASSED_ON = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR)$/,
  /^(LC|XDG)_[A-Z_]+$/,
  /^SSL_CERT_(FILE|DIR)$/,
  /^(AWS|AZURE|AAD|GOOGLE|CLOUDSDK)_[A-Z0-9_]+$/,
  /^(HTTPS?|ALL|NO)_PROXY$/i,
];

/**
 * What decides which code a command runs, before it looks at its arguments. A kubeconfig must not, or a list of commands would
 * mean nothing.
 */
const NOT_OF_A_KUBECONFIG = [
  /^(PATH|IFS|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|GCONV_PATH|NODE_OPTIONS|NODE_PATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS)$/,
  /^(LD|DYLD|GLIBC|MALLOC|BASH_FUNC|PYTHON|PERL|RUBY|GIT|CLOUDSDK_PYTHON|OPENSSL)/,
  /^$|[=\0]/,
];

type PluginEnvironment = {
  /** Of this process. */
  readonly ours: Environment;
  /** Of the kubeconfig. */
  readonly own: Readonly<Record<string, string>>;
  readonly execInfo: string;
  /** As with kubectl: everything of this process, and what the kubeconfig says. */
  readonly isUnrestricted: boolean;
};

/** Throws KUBE_EXEC where the kubeconfig sets a variable that it must not. */
export function pluginEnvironment(parts: PluginEnvironment): Record<string, string> {
  const { ours, own, execInfo, isUnrestricted } = parts;
  if (!isUnrestricted) checkOwn(own);
  const passed = Object.entries(ours).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (isUnrestricted || PASSED_ON.some((names) => names.test(entry[0]))),
  );
  return { ...Object.fromEntries(passed), ...own, KUBERNETES_EXEC_INFO: execInfo };
}

export function checkOwn(own: Readonly<Record<string, string>>): void {
  const refused = Object.keys(own).find((name) => NOT_OF_A_KUBECONFIG.some((names) => names.test(name)));
  if (refused === undefined) return;
  const name = JSON.stringify(refused.slice(0, 80));
  throw execError(
    `sets the variable ${name}, which decides what code it runs; remove it from the kubeconfig`,
  );
}
