/**
 * What a body that is no JSON object is instead, and what to change, for the mistakes that clients
 * really make; `undefined` when it is like none of them.
 *
 * @param contentType as the client sent it
 */
export function bodyHint(body: Buffer, contentType: string | undefined): string | undefined {
  if (body.length === 0) {
    return "The body is empty: the parameters belong into it, as a JSON object, not into the address.";
  }
  const text = body.toString("utf8");
  const binary = binaryHint(body, text);
  if (binary !== undefined) return binary;
  const found = shapes.find(({ is }) => is(text.trim(), contentType ?? ""));
  return found?.hint;
}

function binaryHint(body: Buffer, text: string): string | undefined {
  if (body[0] === 0x1f && body[1] === 0x8b) {
    return "The body is compressed with gzip: send it as it is.";
  }
  if (body.includes(0)) return "The body is not UTF-8; it looks like UTF-16: encode it as UTF-8.";
  if (text.includes("\uFFFD")) {
    return "The body is not UTF-8: it may be in Latin-1 or Windows-1256, or encrypted. Encode it as UTF-8.";
  }
  return undefined;
}

interface Shape {
  readonly is: (text: string, contentType: string) => boolean;
  readonly hint: string;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether a text becomes JSON once this is changed in it: then that was the mistake. */
const isJsonAfter = (text: string, mistake: RegExp, instead: string): boolean =>
  mistake.test(text) && isJson(text.replaceAll(mistake, instead));

const shapes: readonly Shape[] = [
  {
    is: (text, contentType) => /^--\S/.test(text) || /multipart\/form-data/i.test(contentType),
    hint: "The body is a multipart form, not JSON: encode the parameters as one JSON object.",
  },
  {
    is: (text) => /^[^{["'<\s=&][^\s=&"'<>{}]*=/.test(text),
    hint: "The body is form data, not JSON: encode the parameters as one JSON object (json_encode, JSON.stringify, json=).",
  },
  {
    is: (text) => text.startsWith("<"),
    hint: "The body is XML or HTML, not JSON.",
  },
  {
    is: (text) => text.startsWith("[object "),
    hint: "The body is the name of an object: JSON.stringify is missing.",
  },
  {
    is: (text) => /^"\s*\{/.test(text) && isJson(text),
    hint: "The body is JSON inside of a JSON text: it was encoded twice.",
  },
  {
    is: (text) => text.startsWith("[") && isJson(text),
    hint: "The body is a list: send the object itself, without brackets around it.",
  },
  {
    is: (text) => isJsonAfter(text, /,(?=\s*[}\]])/g, ""),
    hint: "There is a comma too many before a closing bracket.",
  },
  {
    is: (text) => /^\{\s*'/.test(text),
    hint: "The body has single quotes, as Python prints a dictionary: encode it (json.dumps, json=).",
  },
  {
    is: (text) => /:\s*(?:NaN|-?Infinity|undefined|None|True|False)\b/.test(text),
    hint: "A value is not JSON's: NaN, undefined, None and the like do not exist there.",
  },
  {
    is: (text) => /^\{\s*[a-z_]\w*\s*:/i.test(text),
    hint: "Member names have no quotes around them: JSON needs double quotes.",
  },
  {
    is: (text) => text.startsWith("{") && !text.endsWith("}"),
    hint: "The body ends in the middle: was it cut, or is Content-Length too small?",
  },
];
