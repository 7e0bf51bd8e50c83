/** The federation that benches ask about: its label and its domain. */

export const federationLabel = "bench";
export const domain = "federation.example";
