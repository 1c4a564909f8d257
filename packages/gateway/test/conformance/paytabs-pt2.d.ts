/** PayTabs' own client for Node, which has no types; `npm-client-child.ts` runs it as it is. */
declare module "paytabs_pt2" {
  const client: Readonly<
    Record<
      "setConfig" | "createPaymentPage" | "validatePayment" | "queryTransaction",
      (...parameters: readonly unknown[]) => void
    >
  >;
  export default client;
}
