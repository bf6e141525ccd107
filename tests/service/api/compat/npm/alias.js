// Loaded before a client: connections to the host of ALIAS (host=address:port) lead there, as an entry in /etc/hosts and
// a proxy on port 443 do.
"use strict";

const net = require("node:net");

const [name, place] = process.env.ALIAS.split("=");
const [host, port] = place.split(":");
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (options.host === name) Object.assign(options, { host, port: Number(port) });
  return connect.apply(this, given);
};
