// What a publisher's program does with the client; test_typescript.py compiles it, runs it and reads what it prints.

import { connect, getComment, listComments, sendComment, type Problem } from "moderato-client";

const [url, key, text] = process.argv.slice(2) as [string, string, string];
const client = connect(url, key);

const { data: receipt } = await sendComment({ client, body: { id: "a/ß 2", article_id: "pier", text }, throwOnError: true });
const { data: judged } = await getComment({
  client,
  path: { comment_id: receipt.id },
  query: { wait: 20 },
  throwOnError: true,
});
const { data: page } = await listComments({ client, query: { article_id: "pier", status: "approved" } });

const { error, response } = await sendComment({ client, body: { id: "short", text: "So sad!" } });
const problem: Problem | undefined = error;
const { error: unknown } = await getComment({ client: connect(url, "cm_live_nobody"), path: { comment_id: "short" } });
const thrown = await getComment({ client, path: { comment_id: "nobody's" }, throwOnError: true }).catch(
  (one: Problem) => one.code,
);

// @ts-expect-error: a comment has a text
export const incomplete = () => sendComment({ client, body: { id: "c-1" } });
// @ts-expect-error: no comment has a mood
export const unheardOf = judged.mood;

const found = {
  sent: [receipt.id, receipt.status],
  judged: [judged.status, judged.verdict, judged.scores.toxicity?.classifier],
  listed: page?.comments.map((comment) => comment.id),
  problem: [response?.status, problem?.code, problem?.length, problem?.errors?.[0]?.pointer],
  unknown: unknown?.status,
  thrown,
};
console.log(JSON.stringify(found));
