/** The part of the library `geoip-lite` that we use; it brings no types. */
declare module "geoip-lite" {
  type Entry = {
    /** First and last address; of IPv6 an empty text. */
    readonly range: readonly [number, number] | "";
    readonly country: string;
    readonly ll: readonly [number | null, number | null];
  };
  const geoip: {
    /** An IPv4 address as a number, or a literal address. Null where nothing is known. */
    lookup(address: number | string): Entry | null;
  };
  export = geoip;
}
