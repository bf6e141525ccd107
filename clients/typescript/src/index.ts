import { createClient, createConfig, type Client } from "./generated/client/index.js";

export * from "./generated/index.js";
export { NotGenuine, verify, type ReceivedHeaders } from "./webhooks.js";
export type { Client };

/** Return a client of the service at `url`, for the `client` of every operation. */
export function connect(url: string, key: string): Client {
  return createClient(createConfig({ baseUrl: url, auth: key }));
}
