/**
 * Verifies callbacks of Moderato (Standard Webhooks) and reads them.
 *
 * Verify the body as it arrived: parsed and written again, it has other bytes.
 */

import type { Callback } from "./generated/types.gen.js";

const TOLERANCE = 300; // seconds by which the signed time may differ from ours

/** None of the secrets has signed this callback, or it is too old. Answer 401. */
export class NotGenuine extends Error {
  override name = "NotGenuine";
}

export type ReceivedHeaders = Headers | Record<string, string | string[] | undefined>;

/**
 * Return the callback if one of `secrets` (whsec_...) made one of its signatures less than five minutes ago; throw
 * NotGenuine otherwise. While secrets are rotated, give the old one and the new one. `now` is in milliseconds since 1970.
 */
export async function verify(
  body: string | Uint8Array,
  headers: ReceivedHeaders,
  secrets: string | readonly string[],
  now: number = Date.now(),
): Promise<Callback> {
  const keys = await Promise.all([secrets].flat().map(importKey));
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  if (!id || !timestamp || !signatures || !/^\d+$/.test(timestamp)) {
    throw new NotGenuine("a header is missing or malformed");
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  const given = signatures.split(" ").filter((part) => part.startsWith("v1,")).map((part) => decoded(part.slice(3)));
  // The comparison is that of crypto.subtle.verify, which takes constant time.
  const pairs = keys.flatMap((key) => given.map((one) => crypto.subtle.verify("HMAC", key, one, signed)));
  if (!(await Promise.all(pairs)).includes(true)) {
    throw new NotGenuine("none of the secrets has made one of the signatures");
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE) {
    throw new NotGenuine("the signed time differs from this clock by more than five minutes");
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as Callback;
}

function header(headers: ReceivedHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found[0] : found;
}

async function importKey(secret: string): Promise<CryptoKey> {
  const raw = decoded(secret.replace(/^whsec_/, ""));
  if (raw.length === 0) throw new TypeError("a secret is empty or malformed");
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** Return the bytes, none where `text` is not base64. */
function decoded(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
