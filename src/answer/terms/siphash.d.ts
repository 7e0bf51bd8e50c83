/** The part of the library `siphash` that we use; it brings no types. */
declare module "siphash" {
  const siphash: {
    /** SipHash-2-4. `key`: four words, the least significant octets first. The result: high and low word. */
    hash(key: Uint32Array, message: Uint8Array): { readonly h: number; readonly l: number };
  };
  export = siphash;
}
