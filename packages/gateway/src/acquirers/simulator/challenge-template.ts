// placeholder: overwrite me
export type ChallengeError = "unknown_code";
export const challengePage = (view: object): string => JSON.stringify(view);
