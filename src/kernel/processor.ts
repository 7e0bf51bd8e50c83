/** What code that shares memory with other processes must know of the processor. */

/**
 * True where a processor never lets a later load, or a later store, overtake an earlier one (x86). Elsewhere (arm64)
 * only atomic operations keep such orders.
 */
export const KEEPS_LOAD_ORDER: boolean = process.arch === "x64" || process.arch === "ia32";
