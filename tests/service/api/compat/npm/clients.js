// Runs each npm client with the address and the key given as arguments; prints what each of them got as one JSON object.
"use strict";

const { pathToFileURL } = require("node:url");
const { Client } = require("@conversationai/perspectiveapi-js-client");
const { Discovery } = require("googleapis-common");
const Perspective = require("perspective-api-client");
const axios = require("perspective-api-client/node_modules/axios");
const OpenAI = require("openai");

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

async function openai() {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const { results } = await client.moderations.create({ input: ["A fine evening.", TEXT] });
  const image = [{ type: "image_url", image_url: { url: "https://news.example/a.png" } }];
  const { status, code } = await client.moderations.create({ input: image }).catch((error) => error);
  return { flagged: results.map((result) => result.flagged), status, code };
}

async function akismet() {
  const { Client: Akismet, Author, Blog, CheckResult, Comment } = await import(pathToFileURL(`${process.env.NODE_PATH}/@cedx/akismet/lib/index.js`));
  const blog = new Blog({ url: "https://news.example" });
  const client = new Akismet(key, blog, { baseUrl: url });
  const nobody = new Akismet("0123456789ab", blog, { baseUrl: url });
  const about = (content) => new Comment({ author: new Author({ ipAddress: "192.0.2.1" }), content });
  const words = { [CheckResult.ham]: "ham", [CheckResult.spam]: "spam" };
  const checked = [];
  for (const text of ["A fine evening.", TEXT]) checked.push(words[await client.checkComment(about(text))]);
  await client.submitSpam(about("A fine evening."));
  await client.submitHam(about(TEXT));
  return { verified: await client.verifyKey(), nobody: await nobody.verifyKey(), checked };
}

(async () => {
  const found = {
    discovered: await discovered(),
    conversationai: await conversationai(),
    sloria: await sloria(),
    openai: await openai(),
    akismet: await akismet(),
  };
  process.stdout.write(JSON.stringify(found));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
