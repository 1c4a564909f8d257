import type { Area } from "./row.ts";

export const followUpAreas: readonly Area[] = [
  {
    name: "follow-ups",
    title: "Follow-ups",
    rows: [
      ["capture", "5", "done", "of an authorisation, in parts, several times"],
      [
        "void",
        "5",
        "done",
        "of an authorisation not captured entirely",
        "the whole of it is a Void; less is carried out as a Release, and a query shows `original_tran_type` Void",
      ],
      ["void of a sale", "5", "done", "refused with 112: refund it"],
      ["release", "5", "done", "of an authorisation, in parts"],
      [
        "refund",
        "5",
        "done",
        "of a sale or capture, in parts, several times",
        "322 where the method takes none",
      ],
      [
        "refund of a captured authorisation",
        "5",
        "done",
        "by the reference of the capture",
        "by that of the authorisation it is refused with 322",
      ],
      [
        "authext",
        "5",
        "done",
        "extends the hold of an authorisation",
        "takes nothing of its balance",
      ],
      ["amount above the balance", "5", "done", "118; a refund of what is refunded entirely 342"],
      [
        "amount not given",
        "1.4",
        "done",
        "void, release and authext mean all that is left; capture and refund must say",
      ],
      ["currency", "5", "done", "the original's, or 206; left out, the original's"],
      ["a held transaction", "3.3", "done", "is not followed up: a completed object with E/120"],
      [
        "the review of a held transaction",
        "12.1",
        "not offered",
        "approves or declines it",
        "PT2 does not say how it is told; H is the last word here, and the hold lapses at the issuer",
      ],
      [
        "lapse of an authorisation",
        "5",
        "not offered",
        "the issuer lets go of the amount after 7 to 14 days",
        "PT2 tells nobody of it; what the simulator holds stays, and authext is taken",
      ],
      [
        "pending refund",
        "5",
        "done",
        "P/600 in the reply, its amount reserved; its outcome follows under the same reference",
      ],
      ["duplicates", "4.1", "done", "are not refused: the balance bounds them"],
    ],
  },
];
