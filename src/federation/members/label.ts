/**
 * From a Kubernetes label value (region or zone of a node) to a DNS label (RFC 1035 §2.3.1, RFC 1123 §2.1).
 *
 * The value is lower-cased, every run of characters other than a-z and 0-9 becomes one hyphen, and hyphens at the ends are
 * removed. A result over 63 octets is cut to 54, and a hyphen and the 8 hex digits of the FNV-1a hash of the original value
 * are appended, so that two long values stay distinct. Null if nothing is left. "svc" separates the parts of every
 * federated name: a region or zone of that name gets the hash as well.
 */
export function toDnsLabel(value: string): string | null {
  const label = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  if (label === "") return null;
  if (label.length <= 63 && label !== RESERVED) return label;
  return `${label.slice(0, 54).replace(/-$/, "")}-${fnv1a(value).toString(16).padStart(8, "0")}`;
}

const RESERVED = "svc";

/** FNV-1a, 32 bits, over the UTF-16 code units of the text. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
