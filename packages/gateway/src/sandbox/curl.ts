/** How a shell finds the server key when it is not to be shown. */
export const keyVariable = "$WASL_SERVER_KEY";

/**
 * The same payment as a command line.
 *
 * @param serverKey absent: the shell's variable WASL_SERVER_KEY takes its place
 * @example curlOf("http://127.0.0.1:4400", { profile_id: 45001, cart_id: "1" })
 */
export function curlOf(
  publicUrl: string,
  members: Readonly<Record<string, unknown>>,
  serverKey?: string,
): string {
  const authorization =
    serverKey === undefined
      ? `"authorization: ${keyVariable}"`
      : quoted(`authorization: ${serverKey}`);
  return [
    `curl ${publicUrl}/payment/request \\`,
    `  -H ${authorization} \\`,
    "  -H 'content-type: application/json' \\",
    `  -d ${quoted(JSON.stringify(members, null, 2))}`,
  ].join("\n");
}

/** Fit for a POSIX shell, whatever the text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
