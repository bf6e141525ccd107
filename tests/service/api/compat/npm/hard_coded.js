// Runs a client that has Google's address in its code, with the key given as argument; prints what it got as JSON.
"use strict";

const Perspective = require("perspective-api-client");

new Perspective({ apiKey: process.argv[2] })
  .analyze("An awful comment.", { attributes: ["toxicity"] })
  .then((found) => process.stdout.write(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
