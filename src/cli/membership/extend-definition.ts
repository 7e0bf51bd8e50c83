/**
 * Adds what fedns needs to a CustomResourceDefinition that is installed already, such as KubeFed's. No field is ever removed
 * or changed, so that stored objects stay valid and other programs find what they had:
 *
 * | part | what is added |
 * |---|---|
 * | versions | those that are missing, served and not for storage |
 * | schema of a version | properties that are missing, at any depth; a property that exists keeps its type and checks |
 * | printer columns, short names, categories | those whose name is missing |
 * | status subresource | where it is missing |
 *
 * With `isLoosened` a field that ours does not require is required no more: every stored object stays valid.
 */
import { isRecord } from "../../fleet/kube/kube-error.ts";

type Section = Readonly<Record<string, unknown>>;
/** `added`: what was added, for people; empty = the installed definition has everything. */
type Extension = { readonly spec: Section; readonly added: readonly string[] };

/** Both are the `spec` of a definition. */
export function extendDefinition(
  installed: Section,
  wanted: Section,
  { isLoosened = false }: { readonly isLoosened?: boolean } = {},
): Extension {
  const added: string[] = [];
  const versions = recordsOf(installed["versions"]).map((version) => {
    const ours = recordsOf(wanted["versions"]).find(({ name }) => name === version["name"]);
    return ours === undefined ? version : extendVersion(version, ours, { added, isLoosened });
  });
  const missing = recordsOf(wanted["versions"]).filter(
    ({ name }) => !versions.some((version) => version["name"] === name),
  );
  added.push(...missing.map(({ name }) => `version ${String(name)}`));
  return {
    spec: {
      ...installed,
      names: extendNames(sectionOf(installed["names"]), sectionOf(wanted["names"]), added),
      versions: [...versions, ...missing.map((version) => ({ ...version, storage: false }))],
    },
    added,
  };
}

function extendNames(installed: Section, wanted: Section, added: string[]): Section {
  const names: Record<string, unknown> = { ...installed };
  for (const list of ["shortNames", "categories"]) {
    const known = textsOf(installed[list]);
    const missing = textsOf(wanted[list]).filter((name) => !known.includes(name));
    if (missing.length === 0) continue;
    names[list] = [...known, ...missing];
    added.push(...missing.map((name) => `${list === "shortNames" ? "short name" : "category"} ${name}`));
  }
  return names;
}

type VersionReport = Omit<Report, "path">;

function extendVersion(installed: Section, wanted: Section, { added, isLoosened }: VersionReport): Section {
  const version = String(installed["name"]);
  const columns = recordsOf(installed["additionalPrinterColumns"]);
  const isNew = ({ name }: Section): boolean =>
    !columns.some((column) => String(column["name"]).toLowerCase() === String(name).toLowerCase());
  const missing = recordsOf(wanted["additionalPrinterColumns"]).filter(isNew);
  added.push(...missing.map(({ name }) => `${version}: column ${String(name)}`));
  const subresources = sectionOf(installed["subresources"]);
  const lacksStatus =
    isRecord(sectionOf(wanted["subresources"])["status"]) && subresources["status"] === undefined;
  if (lacksStatus) added.push(`${version}: subresource status`);
  const schema = sectionOf(installed["schema"]);
  const openAPIV3Schema = extendSchema(
    sectionOf(schema["openAPIV3Schema"]),
    sectionOf(sectionOf(wanted["schema"])["openAPIV3Schema"]),
    { added, isLoosened, path: version },
  );
  return {
    ...installed,
    schema: { ...schema, openAPIV3Schema },
    ...(missing.length > 0 && { additionalPrinterColumns: [...columns, ...missing] }),
    ...(lacksStatus && { subresources: { ...subresources, status: {} } }),
  };
}

type Report = { readonly added: string[]; readonly isLoosened: boolean; readonly path: string };

function extendSchema(installed: Section, wanted: Section, report: Report): Section {
  const { added, path } = report;
  const known = sectionOf(installed["properties"]);
  // Without a list of properties everything is kept, and a list would make the server drop the rest.
  const isOpen =
    installed["x-kubernetes-preserve-unknown-fields"] === true ||
    installed["additionalProperties"] !== undefined;
  const properties: Record<string, unknown> = { ...known };
  for (const [name, schema] of Object.entries(sectionOf(wanted["properties"]))) {
    const at = `${path}.${name}`;
    const existing = known[name];
    if (isRecord(existing) && isRecord(schema))
      properties[name] = extendSchema(existing, schema, { ...report, path: at });
    else if (existing === undefined && !isOpen) {
      properties[name] = schema;
      added.push(`field ${at}`);
    }
  }
  const extended: Record<string, unknown> = { ...installed };
  if (Object.keys(properties).length > 0) extended["properties"] = properties;
  if (isRecord(installed["items"]) && isRecord(wanted["items"]))
    extended["items"] = extendSchema(installed["items"], wanted["items"], { ...report, path: `${path}[]` });
  return loosened(extended, wanted, report);
}

function loosened(schema: Section, wanted: Section, { added, isLoosened, path }: Report): Section {
  const required = textsOf(schema["required"]);
  const wantedNames = textsOf(wanted["required"]);
  const isKnown = (name: string): boolean => sectionOf(wanted["properties"])[name] !== undefined;
  const kept = required.filter((name) => wantedNames.includes(name) || !isKnown(name));
  if (!isLoosened || kept.length === required.length) return schema;
  const lifted = required.filter((name) => !kept.includes(name));
  added.push(...lifted.map((name) => `optional ${path}.${name}`));
  const { required: _, ...rest } = schema;
  // An empty list is refused.
  return kept.length === 0 ? rest : { ...rest, required: kept };
}

function recordsOf(value: unknown): readonly Section[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function sectionOf(value: unknown): Section {
  return isRecord(value) ? value : {};
}
