import { z } from "zod";

/** What of a reply is worth a column. */
export interface ReplyFacts {
  readonly trace?: string | undefined;
  readonly tranRef?: string | undefined;
  readonly cartId?: string | undefined;
  /** References in it that this gateway gave out. */
  readonly references: readonly string[];
  /** The transaction it tells of has status E: its code and message (protocol.md 3.3). */
  readonly failed?: { readonly code: number; readonly message: string };
}

const failedResult = z.object({
  response_status: z.literal("E"),
  response_code: z.string().regex(/^\d{1,6}$/),
  response_message: z.string(),
});

/** Reads our own reply back: it alone knows what the caller was told. */
export function readReply(reply: string): ReplyFacts {
  if (!reply.startsWith("{")) return { references: [] };
  const object = JSON.parse(reply) as Record<string, unknown>;
  const text = (name: string): string | undefined => {
    const value = object[name];
    return typeof value === "string" ? value : undefined;
  };
  const [trace, tranRef] = [text("trace"), text("tran_ref")];
  const references = [trace, tranRef, text("previous_tran_ref")];
  const failed = failedResult.safeParse(object["payment_result"]);
  return {
    trace,
    tranRef,
    cartId: text("cart_id"),
    references: references.filter((reference) => reference !== undefined),
    ...(failed.success && {
      failed: {
        code: Number.parseInt(failed.data.response_code, 10),
        message: failed.data.response_message,
      },
    }),
  };
}
