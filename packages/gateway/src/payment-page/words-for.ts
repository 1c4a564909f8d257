import type { Language } from "../http/look/document.ts";
import { arabic } from "./words-ar.ts";
import { english } from "./words-en.ts";
import type { Words } from "./words.ts";

const byLanguage: Readonly<Record<Language, Words>> = { en: english, ar: arabic };

export function wordsFor(language: Language): Words {
  return byLanguage[language];
}
