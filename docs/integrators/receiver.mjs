// A receiver of Moderato's callbacks that verifies their signature: `SECRET=whsec_… node receiver.mjs PORT`.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const SECRET = Buffer.from((process.env.SECRET ?? "").replace(/^whsec_/, ""), "base64");
if (SECRET.length === 0) throw new Error("SECRET is empty");

function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": sentAt = "", "webhook-signature": signatures = "" } = headers;
  const digest = createHmac("sha256", SECRET).update(`${id}.${sentAt}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${digest}`);
  const recent = /^[0-9]{1,12}$/.test(sentAt) && Math.abs(Date.now() / 1000 - Number(sentAt)) < 300;
  const isExpected = (given) => given.length === expected.length && timingSafeEqual(given, expected);
  return recent && signatures.split(" ").some((given) => isExpected(Buffer.from(given)));
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
    response.writeHead(204).end();
    try {
      const event = JSON.parse(body);
      console.log(event.type, event.data.comment_id ?? "");
    } catch (error) {
      console.error(error); // genuine, but not of the form that this program knows
    }
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
