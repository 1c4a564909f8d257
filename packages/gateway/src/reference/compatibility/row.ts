/** How far Wasl does what a row says. `differs` has its reason in the note. */
export const states = ["done", "differs", "simulated", "not offered"] as const;

export type State = (typeof states)[number];

/**
 * One line of the list. `name` may stand for several members, as `user_defined.{udf1,udf2}`; `source`
 * is the section of the protocol's reference; `about` says what it is, `note` what Wasl chose and why.
 */
export type Row = readonly [
  name: string,
  source: string,
  state: State,
  about: string,
  note?: string,
];

export interface Area {
  /** A path, or the name of a reply or message, where its rows are members of a schema. */
  readonly name: string;
  readonly title: string;
  /** Whether the rows are members of the schemas of that name. */
  readonly members?: true;
  /** The area that has the members which are not here, as an invoice's request has those of a page. */
  readonly besides?: string;
  readonly rows: readonly Row[];
}
