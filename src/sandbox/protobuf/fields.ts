/** Constructors of fields for protobuf tables, one per type that Kubernetes objects use. */
import { numberAt, textAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import { decodeMessage } from "./decode.ts";
import type { ProtobufField, ProtobufMessage } from "./decode.ts";

/** A field that is taken as it is sent, `bytes` or a `varint`. */
function scalar(name: string, type: ProtobufField["type"], read: ProtobufField["read"]): ProtobufField {
  return { name, type, read, joins: "replaces" };
}

/** An empty string counts as absent. */
export function text(name: string): ProtobufField {
  return scalar(name, "bytes", ({ bytes }) => bytes.toString("utf8") || undefined);
}

export function texts(name: string): ProtobufField {
  const read: ProtobufField["read"] = ({ bytes }) => bytes.toString("utf8");
  return { name, type: "bytes", read, joins: "appends" };
}

/** A number that is a pointer in Go: a zero that was sent is kept. */
export function integer(name: string): ProtobufField {
  return scalar(name, "varint", ({ number }) => number);
}

/** A number that is no pointer in Go and always sent: zero counts as absent. */
export function plainInteger(name: string): ProtobufField {
  return scalar(name, "varint", ({ number }) => (number === 0 ? undefined : number));
}

export function flag(name: string): ProtobufField {
  return scalar(name, "varint", ({ number }) => number !== 0);
}

/** A boolean that is always sent: false counts as absent. */
export function plainFlag(name: string): ProtobufField {
  return scalar(name, "varint", ({ number }) => (number === 0 ? undefined : true));
}

export function one(name: string, message: ProtobufMessage): ProtobufField {
  return scalar(name, "bytes", ({ bytes }) => decodeMessage(message, bytes));
}

export function many(name: string, message: ProtobufMessage): ProtobufField {
  return { ...one(name, message), joins: "appends" };
}

/** A message whose fields belong to the parent in JSON (Go's `json:",inline"`). */
export function inline(message: ProtobufMessage): ProtobufField {
  return { ...one("", message), joins: "merges" };
}

/** Map entries are messages of a key (1) and a value (2). */
export function map(name: string, value: (name: string) => ProtobufField = text): ProtobufField {
  const content = value("value");
  const entry: ProtobufMessage = { 1: text("key"), 2: content };
  const read: ProtobufField["read"] = ({ bytes }) => {
    const { key, value: decoded } = decodeMessage(entry, bytes);
    return { [typeof key === "string" ? key : ""]: decoded ?? "" };
  };
  return { name, type: "bytes", read, joins: "merges" };
}

export function binary(name: string): ProtobufField {
  return scalar(name, "bytes", ({ bytes }) => bytes.toString("base64"));
}

/** `resource.Quantity`, as its text. */
export function quantity(name: string): ProtobufField {
  return scalar(name, "bytes", ({ bytes }) => textAt(decodeMessage({ 1: text("string") }, bytes), "string"));
}

/** Raw JSON in a message of its own (`FieldsV1`); invalid JSON is left out. */
export function rawJson(name: string): ProtobufField {
  return scalar(name, "bytes", ({ bytes }) => {
    const raw = textAt(decodeMessage({ 1: text("raw") }, bytes), "raw");
    try {
      return JSON.parse(raw) as Json;
    } catch {
      return undefined;
    }
  });
}

const timeMessage: ProtobufMessage = { 1: plainInteger("seconds"), 2: plainInteger("nanos") };

/** `metav1.Time`; the zero time counts as absent. */
export function time(name: string): ProtobufField {
  return scalar(name, "bytes", ({ bytes }) => {
    const seconds = numberAt(decodeMessage(timeMessage, bytes), "seconds");
    return seconds === undefined || Math.abs(seconds) > 8.64e12 ? undefined : timestamp(seconds * 1000);
  });
}

const intOrStringMessage: ProtobufMessage = { 1: integer("type"), 2: integer("number"), 3: text("text") };

export function intOrString(name: string): ProtobufField {
  return scalar(name, "bytes", ({ bytes }): Json => {
    const value = decodeMessage(intOrStringMessage, bytes);
    return value["type"] === 1 ? (value["text"] ?? "") : (value["number"] ?? 0);
  });
}
