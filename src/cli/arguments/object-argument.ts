/** Names of objects on the command line: those that no API server would take are wrong usage, and nothing is asked. */
import { InvalidArgumentError } from "commander";
import { usageError } from "./usage-error.ts";

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Names of RBAC have colons and capitals. */
const NAME = /^[!-~]+$/;
const NAME_MAX_CHARACTERS = 253;

export function parseNamespace(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw new InvalidArgumentError("It must be the name of a namespace, like shop.");
}

export function parseObjectName(text: string): string {
  if (isObjectName(text)) return text;
  throw new InvalidArgumentError("It must be the name of an object, like web.");
}

/** Of "deployment/web". Throws an OperationalError (USAGE). */
export function kindAndName(text: string): { readonly word: string; readonly name: string } {
  const [word = "", name = "", ...rest] = text.split("/");
  if (word === "" || rest.length > 0 || !isObjectName(name))
    throw usageError(`${JSON.stringify(text)} is no KIND/NAME like deployment/web`);
  return { word, name };
}

export function parseUrl(text: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol === "https:" || protocol === "http:") return text;
  throw new InvalidArgumentError("It must be a URL, like https://192.0.2.10:6443.");
}

/** Whether an API server could take it. */
export function isObjectName(text: string): boolean {
  return NAME.test(text) && !/[/%]/.test(text) && !/^\.\.?$/.test(text) && text.length <= NAME_MAX_CHARACTERS;
}
