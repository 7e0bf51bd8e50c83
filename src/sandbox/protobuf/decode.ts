/** Decodes protobuf to JSON with tables of field numbers, names and types. Input is untrusted: every length is checked. */
import { Buffer } from "node:buffer";
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { badRequest, unsupportedMediaType } from "../object/status.ts";

/** One field: how its value is read, and how it is combined with earlier values. */
export type ProtobufField = {
  readonly name: string;
  readonly type: "varint" | "bytes";
  /** Undefined leaves the field out, as Go's `omitempty` does in JSON. */
  readonly read: (value: { readonly number: number; readonly bytes: Buffer }) => Json | undefined;
  readonly joins: "replaces" | "appends" | "merges";
};

/** Fields by their number. */
export type ProtobufMessage = Readonly<Record<number, ProtobufField>>;

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Throws 400 for bytes that are not protobuf, and 415 for a field the table does not have: refusing a request is better
 * than dropping part of it.
 */
export function decodeMessage(message: ProtobufMessage, bytes: Buffer): JsonObject {
  const decoded: Record<string, Json> = {};
  const reader = new Reader(bytes);
  while (!reader.isDone) {
    const tag = reader.varint();
    const field = message[Math.floor(tag / 8)];
    const type = tag % 8;
    const value =
      type === wireTypes.varint
        ? { number: reader.varint(), bytes: empty }
        : { number: 0, bytes: reader.chunk(type) };
    if (!field || (field.type === "varint") !== (type === wireTypes.varint)) throw unknownField(tag);
    join(decoded, field, field.read(value));
  }
  return decoded;
}

const empty = Buffer.alloc(0);

function join(decoded: Record<string, Json>, field: ProtobufField, value: Json | undefined): void {
  if (value === undefined) return;
  const before = decoded[field.name];
  if (field.joins === "appends") decoded[field.name] = [...(Array.isArray(before) ? before : []), value];
  else if (field.joins === "replaces") decoded[field.name] = value;
  else if (field.name === "") Object.assign(decoded, value);
  else decoded[field.name] = { ...(isObject(before) ? before : {}), ...(isObject(value) ? value : {}) };
}

function unknownField(tag: number): Error {
  const number = Math.floor(tag / 8);
  return unsupportedMediaType(
    `the sandbox does not read field ${number} of this kind in protobuf - send application/json or application/yaml`,
  );
}

class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#offset >= this.#bytes.byteLength;
  }

  /** Up to ten bytes. The values that Kubernetes sends fit a number; negative ones are 64-bit two's complement. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) throw truncated();
      this.#offset += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw truncated();
  }

  chunk(type: number): Buffer {
    const fixed = type === wireTypes.fixed64 ? 8 : type === wireTypes.fixed32 ? 4 : undefined;
    if (fixed === undefined && type !== wireTypes.bytes) throw truncated();
    const length = fixed ?? this.varint();
    const end = this.#offset + length;
    if (length < 0 || end > this.#bytes.byteLength) throw truncated();
    const chunk = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return chunk;
  }
}

function truncated(): Error {
  return badRequest("error decoding the body: it is not valid protobuf");
}
