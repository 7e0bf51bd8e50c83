/** Rules of a cluster that may announce any address. */
import type { AddressRules } from "../../src/federation/members/refused.ts";

export const ANY_ADDRESS: AddressRules = { allow: [], deny: [] };
