export const protocolName = "PT2";
