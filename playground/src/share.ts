/** The content of a link. */
export interface Shared {
  /** The manifests. */
  text: string;
  /** The settings of the policy. */
  settings: string;
  /** The stored objects; blank for a CREATE. */
  stored: string;
}

const FIELDS = ["text", "settings", "stored"] as const;

/** The maximum size of a decoded link, in bytes. */
const LARGEST = 4 * 1024 * 1024;

/** Returns the fragment of a link. */
export async function encode(shared: Shared): Promise<string> {
  const filled = Object.fromEntries(FIELDS.filter((field) => shared[field] !== "").map((field) => [field, shared[field]]));
  const stream = new Blob([JSON.stringify(filled)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `#v1=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * Reads a link's fragment after `#v1=`. The link is untrusted, so each field is
 * checked.
 */
export async function decode(encoded: string): Promise<Shared> {
  const shared = fields(await inflate(encoded));
  for (const [field, value] of Object.entries(shared)) {
    if (!FIELDS.includes(field as keyof Shared)) throw new Error("it has an unknown field");
    if (typeof value !== "string") throw new Error(`its ${field} is not a string`);
  }
  const { text = "", settings = "", stored = "" } = shared as Partial<Shared>;
  return { text, settings, stored };
}

function fields(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error("it is damaged");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("it is damaged");
  return value;
}

async function inflate(encoded: string): Promise<string> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    throw new Error("it is damaged");
  }
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Error("it is damaged");
    });
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > LARGEST) throw new Error("it is too large");
    text += decoder.decode(value, { stream: true });
  }
}
