// Runs each npm client with the address and the key given as arguments; prints what each of them got as one JSON object.
"use strict";

const { Client } = require("@conversationai/perspectiveapi-js-client");
const { Discovery } = require("googleapis-common");
const Perspective = require("perspective-api-client");
const axios = require("perspective-api-client/node_modules/axios");

const [, , url, key] = process.argv;
const TEXT = "An awful comment.";

async function discovered() {
  const discovery = new Discovery({ debug: false, includePrivate: false });
  const analyzer = (await discovery.discoverAPI(`${url}/$discovery/rest?version=v1alpha1`))({});
  const comment = { text: TEXT };
  const analyzed = await analyzer.comments.analyze({
    key,
    requestBody: { comment, requestedAttributes: { TOXICITY: {} }, clientToken: "t" },
  });
  const suggested = await analyzer.comments.suggestscore({
    key,
    requestBody: { comment, attributeScores: { TOXICITY: { summaryScore: { value: 1 } } }, clientToken: "s" },
  });
  return { analyzed: analyzed.data, suggested: suggested.data };
}

async function conversationai() {
  const client = new Client(key);
  client.perspectiveApiUrl = `${url}/v1alpha1/comments:analyze?key=${key}`;
  return client.getScores(TEXT);
}

async function sloria() {
  axios.interceptors.request.use((sent) => ({
    ...sent,
    url: sent.url.replace("https://commentanalyzer.googleapis.com", url),
  }));
  const client = new Perspective({ apiKey: key });
  const analyzed = await client.analyze(TEXT, { attributes: ["toxicity", "threat"] });
  const refused = await client.analyze("", { validate: false }).catch((error) => error.message);
  return { analyzed, refused };
}

(async () => {
  const found = { discovered: await discovered(), conversationai: await conversationai(), sloria: await sloria() };
  process.stdout.write(JSON.stringify(found));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
